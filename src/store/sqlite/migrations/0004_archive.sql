-- One row a version of a running config, secrets marked. `number` rises by device, `seq` over all of them. `path` is the
-- file in the git repository, `committed` the commit that holds it there.
create table config_version (
    seq          integer primary key autoincrement,
    device       text    not null,
    number       integer not null,
    address      text    not null,
    type         text    not null,
    site         text,
    path         text    not null,
    fetched_at   integer not null,
    last_seen_at integer not null,
    job          text,
    author       text    not null,
    message      text    not null,
    sha256       text    not null,
    bytes        integer not null,
    lines        integer not null,
    has_raw      integer not null default 0,
    committed    text,
    unique (device, number)
) strict;
create index config_uncommitted on config_version (seq) where committed is null;

-- The text, compressed (zlib), apart from the rows that lists read. `raw` is sealed.
create table config_text (
    seq       integer primary key references config_version (seq) on delete cascade,
    text      blob not null,
    raw_name  text,
    raw_key   text,
    raw_nonce blob,
    raw       blob,
    raw_at    integer
) strict;

-- The newest version of each device.
create table config_head (
    device text primary key,
    seq    integer not null references config_version (seq)
) strict;

create table config_event (
    seq      integer primary key autoincrement,
    at       integer not null,
    device   text    not null,
    address  text    not null,
    type     text    not null,
    site     text,
    number   integer not null,
    previous integer,
    added    integer not null,
    removed  integer not null,
    sha256   text    not null,
    job      text,
    author   text    not null
) strict;
create index config_event_device on config_event (device, seq);

-- Webhooks that are still to be sent. `id` is the same at every attempt.
create table config_outbox (
    id       text    primary key,
    event    integer not null references config_event (seq),
    hook     text    not null,
    made_at  integer not null,
    due_at   integer not null,
    attempts integer not null default 0
) strict;
create index config_outbox_due on config_outbox (due_at);
create index config_outbox_event on config_outbox (event);
