-- Up Migration

-- From a case to the appeals against it, and queues sorted by what is promised first.

create index grievance_appeal_of on grievance (appeal_of) where appeal_of is not null;
create index grievance_open on grievance (due_on, reference) where closed_at is null;
