-- Up Migration

-- Other systems: their tokens, what they reported, the order in which cases changed, and where changes are sent.

create table api_token (
  id text primary key check (id ~ '^[0-9a-f]{12}$'),
  secret bytea not null,
  name text not null,
  scopes text[] not null check (cardinality(scopes) > 0),
  source text,
  created_at timestamptz not null,
  expires_at timestamptz,
  last_used_on date,
  revoked_at timestamptz
);

comment on table api_token is 'Bearer tokens of other systems. A token stays after it ends: the audit names it.';
comment on column api_token.secret is 'SHA-256 of the secret, which is 256 random bits and stored nowhere.';
comment on column api_token.source is 'The system it belongs to: it writes as this one only; null: as any.';

create table api_event (
  source text not null,
  reference char(8) not null references grievance on delete cascade,
  external_id text not null,
  occurred_at timestamptz not null,
  received_at timestamptz not null,
  primary key (source, reference, external_id)
);

comment on table api_event is 'What other systems reported on a case, by their own ids: a second delivery changes nothing.';
comment on column api_event.source is 'The system, or token:<id> where a token names none.';

-- Event ids are given before transactions commit, so whoever follows ids would miss the slower of two. Positions are
-- given to what is committed already, one run at a time: below the highest position nothing ever appears.
create table case_feed (
  event bigint primary key references grievance_event on delete cascade,
  reference char(8) not null references grievance on delete cascade,
  position bigint unique
);
create index case_feed_new on case_feed (event) where position is null;
create index case_feed_reference on case_feed (reference);
create sequence case_feed_position owned by case_feed.position;
create index grievance_event_at on grievance_event (at);

comment on table case_feed is 'The order in which changes of cases became visible; followed by lists and webhooks.';
comment on column case_feed.position is 'Null: not yet in the order.';

create function feed_case_event() returns trigger language plpgsql as $$
begin
  insert into case_feed (event, reference) values (new.id, new.reference);
  return null;
end $$;

create trigger grievance_event_fed after insert on grievance_event
  for each row execute function feed_case_event();

insert into case_feed (event, reference) select id, reference from grievance_event order by id;

create table webhook (
  id uuid primary key default gen_random_uuid(),
  url text not null,
  events text[] not null check (events <@ array['case.created', 'case.updated'] and cardinality(events) > 0),
  source text,
  restricted boolean not null default false,
  secret bytea not null,
  position bigint not null,
  created_at timestamptz not null,
  failing_since timestamptz,
  disabled_at timestamptz
);

comment on table webhook is 'Addresses of other systems that are told when cases change. Sealed: the key of the signature.';
comment on column webhook.source is 'The system behind the address: what it reported itself is not sent back.';
comment on column webhook.restricted is 'Is told of restricted cases too.';
comment on column webhook.position is 'How far the feed has been taken over into webhook_delivery.';
comment on column webhook.failing_since is 'The first failure since the last success.';

create table webhook_delivery (
  webhook uuid not null references webhook on delete cascade,
  position bigint not null,
  event bigint not null references grievance_event on delete cascade,
  reference char(8) not null references grievance on delete cascade,
  state text not null default 'waiting' check (state in ('waiting', 'delivered', 'failed')),
  attempts smallint not null default 0,
  created_at timestamptz not null,
  next_at timestamptz not null,
  status integer,
  primary key (webhook, position)
);
create index webhook_delivery_waiting on webhook_delivery (next_at) where state = 'waiting';
create index webhook_delivery_case on webhook_delivery (webhook, reference, position) where state = 'waiting';
create index webhook_delivery_event on webhook_delivery (event);
create index webhook_delivery_reference on webhook_delivery (reference);

comment on table webhook_delivery is 'What webhooks are still to be told, and what came of it: at least once, in the order of each case.';
comment on column webhook_delivery.status is 'The HTTP status of the last answer; null: none came.';
