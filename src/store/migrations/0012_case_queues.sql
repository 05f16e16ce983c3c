-- Up Migration

-- From a case to the appeals against it, and queues sorted by what is promised first.

create index grievance_appeal_of on grievance (appeal_of) where appeal_of is not null;
create index grievance_open on grievance (due_on, reference) where closed_at is null;

alter table grievance_event add column version integer not null default 0;
comment on column grievance_event.version is
  'The version of the case that this made: who comes too late with a change is told what happened since.';

create unique index canned_reply_open_draft on canned_reply (key) where state = 'draft';
