-- One row a schedule. `next_at` is the instant that it is due, `fire_at` when that run begins (with its spread); both null
-- where it never is again. `basis` is the instant that `next_at` was looked for after, `shown` what the zone's wall clock
-- showed then. Exactly one of `cron`, `every` (µs)
-- and `at` is set.
create table schedule (
    name       text    primary key,
    version    integer not null,
    source     text    not null,
    about      text    not null,
    action     text,
    payload    text    not null,
    scopes     text    not null,
    owner      text    not null,
    cron       text,
    every      integer,
    at         integer,
    zone       text    not null,
    jitter     integer not null,
    misfire    text    not null,
    catch_up   integer not null,
    overlap    integer not null,
    enabled    integer not null,
    anchor     integer not null,
    basis      integer not null,
    shown      text,
    next_at    integer,
    fire_at    integer,
    last_run   integer,
    created_at integer not null,
    updated_at integer not null
) strict;
create index schedule_due on schedule (fire_at) where enabled = 1 and fire_at is not null;

-- Every run. `open`: it has a job whose end is not noted yet. An instant of a schedule is run once.
create table schedule_run (
    seq      integer primary key autoincrement,
    schedule text    not null references schedule (name) on delete cascade,
    due_at   integer not null,
    fired_at integer not null,
    manual   integer not null,
    job      text,
    open     integer not null,
    outcome  text    not null,
    ended_at integer,
    error    text,
    counts   text,
    detail   text    not null
) strict;
create index schedule_run_of on schedule_run (schedule, seq);
create unique index schedule_run_once on schedule_run (schedule, due_at) where manual = 0;
create index schedule_run_open on schedule_run (schedule) where open = 1;

-- Who turns due instants into jobs; one row.
create table schedule_lead (
    id         integer primary key check (id = 1),
    owner      text    not null,
    token      integer not null,
    expires_at integer not null
) strict;
