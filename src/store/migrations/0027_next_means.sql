-- Up Migration

-- When a message does not arrive, another means is tried, and after the last one people are told whom to reach.

alter table outbound
  add column is_fixed boolean not null default false,
  add column instead_of bigint,
  add column origin text,
  add column onward text check (onward in ('message', 'people', 'none'));
comment on column outbound.is_fixed is 'It may leave by its product only: an answer leaves by the product that received.';
comment on column outbound.instead_of is 'The message (id) that failed and that this one stands in for.';
comment on column outbound.origin is 'Key of the first message of such a chain; null: it is the first.';
comment on column outbound.onward is
  'After the end: message: another one went out in its place; people: she is to be reached by other means; none: nothing to do. Null: not looked at, or it arrived.';

-- What ended before this release is history: nothing more is sent for it.
update outbound set onward = case when state = 'failed' and kind <> 'reply' then 'people' else 'none' end
where state in ('failed', 'cancelled');
update outbound set is_fixed = true where kind = 'reply' and state = 'queued';

create index outbound_ended on outbound (id)
  where state in ('failed', 'cancelled') and onward is null and kind <> 'reply';
create index outbound_origin on outbound (origin) where origin is not null;
create index outbound_people on outbound (id) where onward = 'people';
create index outbound_unknown on outbound (id) where state = 'unknown';

-- A rate is the provider's, not a process's: whoever sends by a product takes from one allowance.
create table send_allowance (
  product text primary key,
  tokens double precision not null,
  at timestamptz not null
);
comment on table send_allowance is 'How many messages may leave by a product now, whichever process sends them.';
