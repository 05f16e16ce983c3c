-- Up Migration

-- The work of people on cases: owners, clocks, decisions, referrals, calls, notes and replies.

alter table grievance
  add column version integer not null default 0,
  add column owner uuid references staff,
  add column clock text check (clock in ('triage', 'warn', 'due', 'ask', 'close')),
  add column clock_at timestamptz,
  add column clock_from timestamptz,
  add column decision text check (decision in ('upheld', 'partly_upheld', 'rejected', 'answered', 'redirected')),
  add column reason_code text,
  add column decided_by uuid references staff,
  add column decided_at timestamptz,
  add column appeal_of char(8) references grievance,
  add column payment text,
  add column accused_area text,
  add column accused_staff uuid references staff,
  add column satisfaction text check (satisfaction in ('yes', 'partly', 'no'));
create index grievance_clock on grievance (clock_at) where clock_at is not null;
create index grievance_owner on grievance (owner, due_on) where owner is not null and closed_at is null;
create index grievance_created_at on grievance (created_at);

comment on column grievance.version is 'Rises with every change: whoever changes a case names the version they read.';
comment on column grievance.clock is
  'What happens next by itself: triage and warn tell the unit, due takes it one level up, ask and close follow the answer.';
comment on column grievance.clock_from is 'From when the term runs that due_on ends.';
comment on column grievance.decided_by is 'Who decided it; an appeal against it is never theirs.';
comment on column grievance.appeal_of is 'The case whose decision this appeal is against.';
comment on column grievance.payment is 'Reference of the payment it is about.';
comment on column grievance.accused_area is 'The office complained of: nobody of that area sees the case.';
comment on column grievance.accused_staff is 'The member of staff complained of, who never sees the case.';

alter table grievance_event drop constraint grievance_event_kind_check;
alter table grievance_event add constraint grievance_event_kind_check check (kind in (
  'lodged', 'status', 'details', 'feedback', 'assigned', 'note', 'clock', 'decision', 'referral', 'attachment', 'duty',
  'category', 'reply', 'mirror'));

alter table task drop constraint task_kind_check;
alter table task add constraint task_kind_check check (kind in (
  'callback', 'kept_request', 'identity_locked', 'message', 'voice', 'duty', 'referral'));
alter table task
  add column version integer not null default 0,
  add column owner uuid references staff,
  add column unit text,
  add column who text check (who in ('woman', 'man', 'any')),
  add column next_at timestamptz,
  add column outcome text,
  add column done_at timestamptz,
  add column done_by uuid references staff;
create index task_queue on task (kind, promised_on) where state = 'open';

comment on column task.unit is 'The unit that owes it; null: whoever is on the desk.';
comment on column task.next_at is 'Not before: the next attempt to call.';

create table task_attempt (
  id bigint generated always as identity primary key,
  task bigint not null references task on delete cascade,
  at timestamptz not null,
  staff uuid not null references staff,
  outcome text not null check (outcome in ('reached', 'no_answer', 'busy', 'switched_off', 'wrong_number', 'other_person'))
);
create index task_attempt_task on task_attempt (task);
comment on table task_attempt is 'Tries to reach somebody who asked to be called.';

alter table private_case
  add column version integer not null default 0,
  add column owner uuid references staff,
  add column next_at timestamptz;
create table private_event (
  id bigint generated always as identity primary key,
  private_case uuid not null references private_case on delete cascade,
  at timestamptz not null,
  staff uuid references staff,
  kind text not null check (kind in ('opened', 'attempt', 'reached', 'safe_contact', 'referral', 'note', 'closed', 'reopened')),
  sealed bytea
);
create index private_event_case on private_event (private_case, id);
comment on table private_event is 'Work on private matters, and who opened them. Sealed with their own key.';

create table referral (
  id uuid primary key default gen_random_uuid(),
  reference char(8) not null unique references grievance on delete cascade,
  contact uuid,
  household uuid,
  partner text not null,
  need text not null,
  state text not null default 'asked' check (state in (
    'asked', 'refused', 'sent', 'accepted', 'served', 'not_served', 'confirmed', 'withdrawn')),
  shared bytea,
  consent_at timestamptz,
  consent_language text,
  consent_channel text,
  consent_words text,
  due_on date,
  asked_at timestamptz,
  denials smallint not null default 0,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index referral_contact on referral (contact);
create index referral_ask on referral (due_on) where state in ('sent', 'accepted');

comment on table referral is 'A person sent to another service with her consent, until that service and she say what came of it.';
comment on column referral.shared is 'Sealed: the name and phone that left, nothing else ever does.';
comment on column referral.consent_words is 'The question as she read or heard it.';
comment on column referral.denials is 'How often she said that nobody contacted her.';

create table interaction (
  id uuid primary key default gen_random_uuid(),
  staff uuid not null references staff,
  contact uuid,
  channel text not null check (channel in ('call', 'callback', 'sms', 'whatsapp', 'desk')),
  started_at timestamptz not null,
  person uuid,
  household uuid,
  verified_at timestamptz,
  verification bytea,
  wrap_up text,
  follow_up boolean,
  ended_at timestamptz
);
create index interaction_staff on interaction (staff) where ended_at is null;
create index interaction_contact on interaction (contact, started_at desc);

comment on table interaction is 'An agent and a citizen in contact: what was verified lasts until it ends, and it ends with a code.';
comment on column interaction.verification is 'Sealed: the questions drawn and how they were answered.';

create table call (
  id bigint generated always as identity primary key,
  call_id text not null unique,
  contact uuid not null,
  staff uuid references staff,
  state text not null check (state in ('ringing', 'answered', 'ended', 'missed')),
  started_at timestamptz not null,
  answered_at timestamptz,
  ended_at timestamptz
);
create index call_contact on call (contact, started_at desc);
create index call_staff on call (staff, started_at desc);
comment on table call is 'Telephone calls, as the telephone system reports them.';

create table note (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  staff uuid not null references staff,
  contact uuid,
  household uuid,
  sealed bytea not null
);
create index note_contact on note (contact, at desc);
create index note_household on note (household, at desc);
comment on table note is 'What agents write for each other about a contact; notes on cases are events of the case.';

create table canned_reply (
  id uuid primary key default gen_random_uuid(),
  key text not null,
  version integer not null,
  texts jsonb not null,
  state text not null default 'draft' check (state in ('draft', 'approved', 'retired')),
  written_by uuid references staff,
  approved_by uuid references staff check (approved_by <> written_by),
  created_at timestamptz not null,
  approved_at timestamptz,
  unique (key, version)
);
create unique index canned_reply_in_use on canned_reply (key) where state = 'approved';
comment on table canned_reply is 'Answers written beforehand, by language. One version of each key is in use; two people make it so.';

alter table contact
  add column handled_by uuid references staff,
  add column handled_at timestamptz;
comment on column contact.handled_by is 'Who took the conversation over from the dialog; null: the dialog answers.';

-- What the desk watches: rows younger than it last looked.
create index outbound_created_at on outbound (created_at);
