-- Up Migration

-- Conversations: who writes to us, where each dialog stands, and what was said. Addresses, places and words are sealed.

create table contact (
  key uuid primary key,
  address bytea not null,
  phone uuid,
  consent text check (consent in ('full', 'discreet', 'none')),
  consent_at timestamptz,
  consent_language text,
  consent_channel text,
  consent_words text,
  stopped_at timestamptz,
  created_at timestamptz not null default now()
);
create index contact_phone on contact (phone);

comment on table contact is 'One address: a phone, or a chat user without one. Sealed: the address itself.';
comment on column contact.key is 'Keyed hash of the address (kind contact).';
comment on column contact.phone is 'Keyed hash of the phone (kind phone), as in person_phone; null without a phone.';
comment on column contact.consent is 'Her answer to "may we send messages"; null: not asked yet.';
comment on column contact.consent_words is 'The question as she read it; not personal.';
comment on column contact.stopped_at is 'STOP: since then nothing leaves to this address but answers and security warnings.';

create table conversation (
  contact uuid not null references contact on delete cascade,
  channel text not null check (channel in ('ussd', 'sms', 'whatsapp')),
  seq integer not null,
  state bytea not null,
  draft_until timestamptz,
  updated_at timestamptz not null,
  primary key (contact, channel)
);
create index conversation_draft on conversation (contact) where draft_until is not null;

comment on table conversation is 'The settled place of a dialog, written with every turn. Sealed: session, slots, facts, last reply.';
comment on column conversation.seq is 'Rises by one a turn; a turn that finds another number was overtaken and starts again.';
comment on column conversation.draft_until is 'Until when another channel may offer the unfinished draft.';

create table message (
  id bigint generated always as identity,
  at timestamptz not null default now(),
  contact uuid not null,
  channel text not null,
  direction text not null check (direction in ('in', 'out')),
  session text,
  screen text,
  content bytea,
  primary key (id, at)
) partition by range (at);
create index message_contact on message (contact, at desc);

comment on table message is 'What was said, turn by turn. Sealed: the words; identity answers are masked before sealing. Private matters leave no row.';
comment on column message.session is 'USSD session, to fold its screens into one; no personal value.';

create table inbound (
  provider text not null,
  id text not null,
  at timestamptz not null default now(),
  primary key (provider, id)
);
create index inbound_at on inbound (at);
comment on table inbound is 'Provider message ids already taken, so that a second delivery changes nothing.';

-- Makes the partition of a month, and of those around it; called at start and every day.
create function ensure_message_partitions(around date) returns void language plpgsql as $$
declare
  month date;
begin
  for month in select generate_series(date_trunc('month', around) - interval '1 month', date_trunc('month', around) + interval '2 months', interval '1 month')::date loop
    execute format(
      'create table if not exists message_%s partition of message for values from (%L) to (%L)',
      to_char(month, 'YYYY_MM'), month, month + interval '1 month');
  end loop;
end $$;

create table message_other partition of message default;
select ensure_message_partitions(current_date);
