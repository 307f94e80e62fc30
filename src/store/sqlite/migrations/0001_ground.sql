-- Instants are UTC microseconds since 1970; flags are 0 or 1; lists and free values are JSON text.

create table meta (
    name  text primary key,
    value integer not null
) strict, without rowid;
insert into meta (name, value) values ('keys_version', 0), ('ping', 0);

-- One row a device, and one for each job without a device while it is open. `turn` is the place in the line of
-- lanes that have something to claim; null: nothing to claim, or held. `wake_at` is the next instant at which time
-- alone changes that. Both only summarise the jobs; a claim looks again.
create table lane (
    id      integer primary key,
    name    text unique,
    fence   integer not null default 0,
    turn    integer,
    wake_at integer
) strict;
create index lane_line on lane (turn) where turn is not null;
create index lane_wake on lane (wake_at) where wake_at is not null;

-- `ready_at` says when the job may be claimed: 0 while queued, the expiry of its lease while leased, the wake-up
-- while it waits, null once it ended. The large columns come last, so that lists need not read them.
create table job (
    seq              integer primary key autoincrement,
    id               text    not null unique,
    request_id       text    not null,
    action           text    not null,
    submitted_by     text    not null,
    scopes           text    not null,
    status           text    not null check (status in ('queued', 'running', 'success', 'error', 'cancelled')),
    created_at       integer not null,
    started_at       integer,
    finished_at      integer,
    cancel_requested integer not null default 0,
    cancel_seen      integer not null default 0,
    lane             text,
    access           text    not null check (access in ('read', 'write')),
    attempt          integer not null default 0,
    lane_id          integer,
    ready_at         integer,
    lease_owner      text,
    lease_token      integer,
    event_count      integer not null default 0,
    has_secrets      integer not null default 0,
    error            text,
    error_class      text,
    result           text,
    step             text,
    payload          text    not null,
    check ((ready_at is null) = (finished_at is not null))
) strict;
create index job_open on job (lane_id) where ready_at is not null;
create index job_due on job (lane_id, ready_at) where ready_at > 0;
create index job_status on job (status);
create index job_finished on job (finished_at) where finished_at is not null;

create table event (
    seq     integer primary key autoincrement,
    job     integer not null references job (seq) on delete cascade,
    at      integer not null,
    level   text    not null,
    message text    not null
) strict;
create index event_job on event (job);

create table idempotency (
    owner      text    not null,
    method     text    not null,
    path       text    not null,
    key        text    not null,
    body_hash  blob    not null,
    expires_at integer not null,
    status     integer not null,
    body       blob    not null,
    unique (owner, method, path, key)
) strict;
create index idempotency_expiry on idempotency (expires_at);

create table nonce (
    key_id     text    not null,
    nonce      text    not null,
    expires_at integer not null,
    primary key (key_id, nonce)
) strict, without rowid;
create index nonce_expiry on nonce (expires_at);

create table api_key (
    label      text primary key,
    hash       blob    not null,
    scopes     text    not null,
    created_at integer not null,
    revoked_at integer
) strict;

create table secret (
    name       text primary key,
    key_id     text    not null,
    nonce      blob    not null,
    ciphertext blob    not null,
    sealed_at  integer not null,
    job        integer references job (seq) on delete cascade
) strict;
create index secret_job on secret (job);

create table pin (
    endpoint    text primary key,
    algorithm   text    not null,
    fingerprint text    not null,
    pinned_at   integer not null,
    pinned_by   text    not null,
    offered     text
) strict;

create table audit (
    seq     integer primary key autoincrement,
    at      integer not null,
    who     text    not null,
    what    text    not null,
    subject text    not null,
    job     text,
    detail  text    not null
) strict;
