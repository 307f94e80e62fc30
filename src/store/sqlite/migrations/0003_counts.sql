-- Counted at every scrape: an index that holds all that the count needs, so that no row is read.
drop index job_status;
create index job_status on job (status) where hidden = 0;
