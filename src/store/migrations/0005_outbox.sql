-- Up Migration

-- Messages on their way out. The row is both the queue and the record of what became of the message: it is written in
-- the transaction of whatever caused it. Addresses and words are sealed.

create table outbound (
  id bigint generated always as identity primary key,
  contact uuid references contact on delete cascade,
  channel text not null check (channel in ('sms', 'whatsapp')),
  provider text,
  lane text not null generated always as (coalesce(provider, channel)) stored,
  address bytea not null,
  content bytea not null,
  parts smallint,
  kind text not null check (kind in ('reply', 'answer', 'security', 'notice')),
  priority smallint not null,
  key text not null unique,
  due timestamptz not null,
  expires_at timestamptz not null,
  state text not null default 'queued' check (
    state in ('queued', 'sending', 'sent', 'delivered', 'read', 'failed', 'unknown', 'cancelled')
  ),
  attempts smallint not null default 0,
  lease_until timestamptz,
  provider_id text,
  error text,
  report text,
  created_at timestamptz not null default now(),
  sent_at timestamptz,
  settled_at timestamptz
);
create index outbound_queued on outbound (lane, priority, due, id) where state = 'queued';
create index outbound_sending on outbound (lease_until) where state = 'sending';
create index outbound_provider_id on outbound (provider, provider_id);
create index outbound_contact on outbound (contact, id);

comment on table outbound is 'Messages to citizens, from the promise to send until the last delivery report.';
comment on column outbound.contact is 'To whom; null when the address is nobody we keep.';
comment on column outbound.provider is
  'The provider product it leaves or left by. Fixed for replies: answers leave by the product that received. Else set when it is sent.';
comment on column outbound.lane is 'What a sender looks for: the product, or any product of the channel.';
comment on column outbound.address is 'Sealed: E.164 phone or chat user id.';
comment on column outbound.content is 'Sealed: the message in its channel''s form (OutboundContent).';
comment on column outbound.parts is 'SMS parts it is charged for; null on other channels.';
comment on column outbound.priority is 'Lower leaves first: 0 reply, 1 security, 2 answer, 5 notice.';
comment on column outbound.key is 'What makes it the same message: a second one with this key is dropped. No personal value.';
comment on column outbound.due is 'Not before: the end of quiet hours, or of a pause after a failure.';
comment on column outbound.expires_at is 'Later than this it would only confuse: it fails instead of leaving.';
comment on column outbound.state is
  'unknown: it may have left, so it is never sent again; only a delivery report can tell.';
comment on column outbound.lease_until is 'While sending: when the process that sends it must be considered dead.';
comment on column outbound.provider_id is 'The provider''s message id, which delivery reports name.';
comment on column outbound.error is 'Why it failed, waits or was cancelled: a code, never a provider''s sentence.';
comment on column outbound.report is 'The provider''s own word in the last delivery report.';
comment on column outbound.settled_at is 'When it was delivered, failed or cancelled; null while that is open.';

create table early_receipt (
  id bigint generated always as identity primary key,
  provider text not null,
  provider_id text not null,
  message bigint,
  state text not null check (state in ('sent', 'delivered', 'read', 'failed')),
  raw text not null,
  code text,
  opt_out boolean not null,
  at timestamptz not null,
  unique (provider, provider_id, state)
);
create index early_receipt_at on early_receipt (at);

comment on table early_receipt is
  'Delivery reports that overtook the answer to the request they report on; dropped after a day without a match.';
comment on column early_receipt.message is 'Our own id of the message (outbound.id), where the provider repeats it.';
