-- Up Migration

-- Photos, voice notes and places that citizens send: where they came from, until fetched, and what was kept of them.

create table attachment (
  id uuid primary key,
  draft uuid,
  contact uuid,
  reference char(8) references grievance on delete cascade,
  task bigint references task on delete cascade,
  kind text not null check (kind in ('photo', 'voice', 'location', 'video', 'document')),
  channel text not null,
  language text not null,
  provider text not null,
  state text not null default 'draft' check (state in ('draft', 'waiting', 'stored', 'refused', 'erased')),
  reason text check (reason in ('kind', 'size', 'length', 'unreadable', 'gone', 'address', 'unreachable')),
  attempts smallint not null default 0,
  next_at timestamptz,
  source bytea,
  content bytea,
  details bytea,
  type text,
  bytes integer,
  seconds smallint,
  at timestamptz not null,
  keep_until timestamptz not null,
  check (content is null or state = 'stored'),
  check (source is null or state in ('draft', 'waiting')),
  check (draft is null or (state = 'draft' and contact is null))
);
-- What is sealed cannot be made smaller.
alter table attachment alter column content set storage external;
create index attachment_draft on attachment (draft) where draft is not null;
create index attachment_next on attachment (next_at) where state = 'waiting';
create index attachment_reference on attachment (reference, at) where reference is not null;
create index attachment_task on attachment (task) where task is not null;
create index attachment_contact on attachment (contact, at desc) where contact is not null;
create index attachment_keep on attachment (keep_until) where state <> 'erased';

comment on table attachment is
  'What citizens sent beside words. Sealed: the address at the provider (until fetched), the content (cleaned), caption and place.';
comment on column attachment.draft is
  'A random id that only the sealed place of the dialog knows: what she has not sent yet belongs to nobody and is not fetched.';
comment on column attachment.contact is 'Null without a name, and before it is sent.';
comment on column attachment.reason is 'Why it was refused; of what was refused nothing is kept.';
comment on column attachment.next_at is 'Not before: the next try to fetch it.';
comment on column attachment.keep_until is 'Erased then; what belongs to a case not before the case has been closed as long.';
