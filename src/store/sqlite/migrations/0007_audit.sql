-- Looked through by subject or by what was done, newest first, and swept by age.
create index audit_at on audit (at);
create index audit_subject on audit (subject, seq);
create index audit_what on audit (what, seq);
