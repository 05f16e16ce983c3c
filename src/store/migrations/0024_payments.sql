-- Up Migration

-- Payment events: what payment systems say, as they said it, and the one truth that follows from all of it.

create table payment_event (
  id bigint generated always as identity primary key,
  source text not null,
  event_id text not null,
  content uuid not null,
  payment_ref text not null,
  status text not null,
  occurred_at timestamptz not null,
  received_at timestamptz not null,
  supersedes text,
  outcome text not null check (outcome in ('applied', 'ignored', 'superseded', 'parked')),
  reason text,
  person uuid,
  sealed bytea not null,
  unique (source, event_id)
);
create index payment_event_payment on payment_event (payment_ref);
create index payment_event_parked on payment_event (id) where outcome = 'parked';

comment on table payment_event is
  'Every event once. Parked ones wait for a beneficiary the registry does not know yet. Sealed: the whole event.';
comment on column payment_event.content is 'Keyed hash of the event: another event under the same id is refused.';
comment on column payment_event.occurred_at is 'Orders the events of a payment; the time of arrival does not.';
comment on column payment_event.outcome is
  'What it is in the light of all others: an event that came later can change it.';
comment on column payment_event.person is 'The member who is paid, where the event names one.';
comment on column payment_event.reason is 'Why it is parked: a code.';

alter table payment
  add column version integer not null default 0,
  add column last_event bigint references payment_event on delete set null,
  add column base jsonb,
  add column reason text,
  add column receipt_ask_at timestamptz,
  add column receipt_asks smallint not null default 0;
create index payment_receipt on payment (receipt_ask_at) where receipt_ask_at is not null;
create index payment_last_event on payment (last_event) where last_event is not null;

comment on column payment.version is 'How often events changed it; 0: only the registry has spoken.';
comment on column payment.base is 'What the registry said, before events and between them; null until the first event.';
comment on column payment.reason is 'Why it failed, was returned or is on hold: a family of reasons, for staff.';
comment on column payment.receipt_ask_at is 'When she is asked whether it arrived; null: not, or no more.';

create table payment_notice (
  id bigint generated always as identity primary key,
  payment_ref text not null references payment on delete cascade,
  event bigint references payment_event on delete cascade,
  status text not null,
  said text not null,
  facts jsonb not null,
  household uuid not null,
  person uuid,
  contact uuid references contact on delete set null,
  reach text not null check (reach in ('full', 'discreet', 'none')),
  reason text check (reach = 'none' or reason is null),
  key text unique,
  at timestamptz not null
);
create index payment_notice_payment on payment_notice (payment_ref, id);
create index payment_notice_contact on payment_notice (contact);
create index payment_notice_event on payment_notice (event);
create index payment_notice_unreached on payment_notice (at) where reach = 'none' and reason <> 'replaced';

comment on table payment_notice is 'What was said of a payment, to whom, and who could not be told: to be reached by other means.';
comment on column payment_notice.said is 'The text it was; facts: what it was about, to know whether something new must be said.';
comment on column payment_notice.reach is 'none: nothing was sent, for the reason given.';
comment on column payment_notice.reason is
  'no_phone, deceased, nobody, opted_out, refused, old, silent; replaced: it had not left when news came.';
comment on column payment_notice.key is 'outbound.key of the message.';

create table payment_import (
  file uuid primary key,
  position text,
  line integer not null default 0,
  counts jsonb not null default '{}',
  problems jsonb not null default '[]',
  finished boolean not null default false,
  updated_at timestamptz not null default now()
);
comment on table payment_import is 'How far the import of a payment file has come. Problems hold line numbers, never values.';

create table payment_import_ref (
  file uuid not null references payment_import on delete cascade,
  payment_ref text not null,
  line integer not null,
  primary key (file, payment_ref)
);
comment on table payment_import_ref is 'References already read from a file that must name each once; empty between imports.';
