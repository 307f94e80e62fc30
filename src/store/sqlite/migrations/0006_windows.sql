-- Maintenance windows and black-outs made through the API; `spec` is as it was written, JSON.
create table maintenance_window (
    name    text    primary key,
    kind    text    not null check (kind in ('window', 'blackout')),
    spec    text    not null,
    made_by text    not null,
    made_at integer not null
) strict;
