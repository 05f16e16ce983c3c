-- Up Migration

-- Failed tries to show who one is, and what people answered when asked whether a payment arrived.

create table identity_lock (
  kind text not null check (kind in ('phone', 'file', 'unmatched')),
  subject uuid not null,
  failures integer not null default 0,
  first_failed_at timestamptz,
  locked_until timestamptz,
  primary key (kind, subject)
);

comment on table identity_lock is
  'Failed identity checks. A row goes when the right details are given, or when an agent unlocks it.';
comment on column identity_lock.kind is
  'phone: a registered phone; file: its household; unmatched: whoever asks from a phone that is not registered.';
comment on column identity_lock.subject is
  'phone: keyed hash as in person_phone; file: the household; unmatched: the contact.';
comment on column identity_lock.failures is 'Since first_failed_at; older ones no longer count.';

create table payment_confirmation (
  id bigint generated always as identity primary key,
  key text not null,
  payment text not null,
  household uuid not null,
  person uuid not null,
  answer text not null check (answer in ('all', 'less', 'nothing')),
  amount_said numeric,
  fee text not null check (fee in ('yes', 'no', 'skip')),
  channel text not null,
  at timestamptz not null,
  unique (payment, key)
);
create index payment_confirmation_household on payment_confirmation (household);

comment on table payment_confirmation is 'Her word on a payment: did all of it arrive, did somebody ask for a share.';
comment on column payment_confirmation.payment is 'The reference, as in payment; no foreign key: the registry may be elsewhere.';
comment on column payment_confirmation.key is 'Of the turn: a repeated turn answers once.';
