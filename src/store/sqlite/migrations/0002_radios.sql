-- `poked`: a step is under way, and somebody wants the job not to wait when it ends. `hidden`: of an internal action.
alter table job add column hidden integer not null default 0;
alter table job add column parent text;
alter table job add column poked integer not null default 0;
create index job_parent on job (parent) where parent is not null;
create index job_hidden on job (finished_at) where hidden = 1;

-- One row a radio under maintenance. `body` is read by the workflow only; the columns are what the database decides by.
create table radio (
    address    text primary key,
    version    integer not null,
    status     text    not null,
    driver     text,
    task       text,
    slot       integer not null default 0,
    hop        text,
    due_at     integer,
    body       text    not null,
    seen       text,
    updated_at integer not null
) strict;
create index radio_task on radio (task) where task is not null;
create index radio_status on radio (status);
create index radio_slot on radio (slot) where slot = 1;

create table radio_event (
    seq     integer primary key autoincrement,
    at      integer not null,
    level   text    not null,
    message text    not null,
    task    text,
    address text,
    fields  text    not null
) strict;
create index radio_event_task on radio_event (task) where task is not null;
