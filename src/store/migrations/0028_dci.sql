-- Up Migration

-- What a DCI registry calls back: which of its messages were taken, and what we asked to be told of.

create table dci_message (
  sender text not null,
  message_id text not null,
  at timestamptz not null,
  primary key (sender, message_id)
);
comment on table dci_message is 'Callbacks of registries that were taken: one that comes again is a replay. Forgotten after a day, when every signature over it has expired.';
create index dci_message_at on dci_message (at);

create table dci_subscription (
  source text not null,
  event text not null,
  transaction_id text not null,
  -- The registry's name of it, once it has said so.
  code text,
  state text not null check (state in ('asked', 'active', 'refused', 'ended')),
  asked_at timestamptz not null,
  notified_at timestamptz,
  primary key (source, event)
);
comment on table dci_subscription is 'Events of registries that we asked to be told of. Holds nothing about a person.';
