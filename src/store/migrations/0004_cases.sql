-- Up Migration

-- What citizens ask us to put right, and what agents owe them. Words and phone numbers are sealed; a complaint without
-- a name holds no key that leads to a person.

create table grievance (
  reference char(8) primary key check (reference ~ '^[0-9]{8}$'),
  kind text not null check (kind in ('complaint', 'appeal', 'update', 'information', 'referral')),
  category text not null,
  matter text,
  sensitivity text not null check (sensitivity in ('open', 'restricted', 'sensitive')),
  status text not null default 'received' check (status in (
    'received', 'acknowledged', 'in_review', 'awaiting_citizen', 'escalated', 'referred',
    'resolved', 'closed', 'reopened', 'withdrawn')),
  route text not null,
  programme text,
  contact uuid,
  anonymous boolean not null default false,
  anonymous_phone uuid,
  person uuid,
  household uuid,
  area text,
  channel text,
  language text,
  source text not null default 'citizen',
  external_id text,
  text_sealed bytea,
  answer_sealed bytea,
  due_on date not null,
  level smallint not null default 0,
  idempotency uuid unique,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  closed_at timestamptz,
  unique (source, external_id),
  check (not anonymous or (contact is null and person is null and household is null))
);
create index grievance_contact on grievance (contact, created_at desc) where contact is not null;
create index grievance_household on grievance (household, created_at desc) where household is not null;
create index grievance_anonymous_phone on grievance (anonymous_phone, created_at desc) where anonymous_phone is not null;
create index grievance_queue on grievance (route, due_on) where closed_at is null;
create index grievance_due on grievance (due_on) where closed_at is null;
create index grievance_updated_at on grievance (updated_at);

comment on table grievance is
  'Cases, ordinary and restricted. Private matters are not here. Sealed: what she told, and the answer to her.';
comment on column grievance.matter is 'The menu choice she made; change:<what> for updates, ground:<why> for appeals.';
comment on column grievance.contact is 'Key of the address that lodged it; null without a name.';
comment on column grievance.anonymous_phone is
  'Phone of a complaint without a name, hashed with a key of its own: it meets no other column. Dropped 30 days after closing.';
comment on column grievance.area is 'Area of the household; null where a local office must not find the case.';
comment on column grievance.source is 'citizen: from a dialog; otherwise the system that sent it, with its own id.';
comment on column grievance.level is 'How often it went one level up.';
comment on column grievance.idempotency is 'Hash of the turn that lodged it: repeating the turn finds the same case.';
comment on column grievance.closed_at is 'Since when it is closed or withdrawn; null again when reopened.';

create table grievance_event (
  id bigint generated always as identity primary key,
  reference char(8) not null references grievance on delete cascade,
  at timestamptz not null,
  actor text not null,
  kind text not null check (kind in ('lodged', 'status', 'details', 'feedback')),
  from_status text,
  to_status text,
  reason text,
  details bytea,
  turn uuid unique
);
create index grievance_event_reference on grievance_event (reference, id);

comment on table grievance_event is 'All that happened to a case, in order. Rows are only added; sealed details can be erased.';
comment on column grievance_event.actor is 'citizen, system, or the key of a member of staff; never who the citizen is.';
comment on column grievance_event.turn is 'Hash of the turn that caused it, so that a repeated turn changes nothing.';

create function keep_grievance_event() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    if not exists (select from grievance where reference = old.reference) then return old; end if;
  elsif (new.details is null or new.details = old.details)
    and (new.turn is null or new.turn = old.turn)
    and to_jsonb(new) - 'details' - 'turn' = to_jsonb(old) - 'details' - 'turn' then
    return new;
  end if;
  raise exception 'the history of a case cannot be changed';
end $$;

create trigger grievance_event_kept before update or delete on grievance_event
  for each row execute function keep_grievance_event();

create table reference_guess (
  turn uuid primary key,
  contact uuid not null,
  day date not null
);
create index reference_guess_contact on reference_guess (contact, day);

comment on table reference_guess is 'Look-ups of case numbers that do not exist, to stop a phone from trying them all.';

create table private_case (
  id uuid primary key default gen_random_uuid(),
  idempotency uuid not null unique,
  sealed bytea not null,
  contact_by timestamptz not null,
  state text not null default 'open' check (state in ('open', 'done', 'unreached')),
  attempts smallint not null default 0,
  created_at timestamptz not null
);
create index private_case_open on private_case (contact_by) where state = 'open';

comment on table private_case is
  'Somebody asked a trained person to call. Bound to no other table; sealed with a key of its own: phone, when and who may call.';

create table task (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('callback', 'kept_request', 'identity_locked', 'message', 'voice')),
  about text,
  contact uuid,
  phone bytea,
  household uuid,
  reference char(8) references grievance on delete cascade,
  language text,
  details bytea,
  promised_on date not null,
  slot text check (slot in ('soon', 'morning', 'afternoon')),
  state text not null default 'open' check (state in ('open', 'done', 'failed')),
  attempts smallint not null default 0,
  idempotency uuid not null unique,
  created_at timestamptz not null
);
create index task_open on task (promised_on) where state = 'open';
create index task_slot on task (promised_on, slot) where kind = 'callback';
create index task_contact on task (contact) where contact is not null;

comment on table task is 'What agents have promised to do. Sealed: the phone to call, and the words it is about.';
comment on column task.about is 'kept_request: status or payment.';

create table notify_when_open (
  contact uuid primary key,
  language text not null,
  created_at timestamptz not null
);

comment on table notify_when_open is 'Who asked for one message when registration opens.';
