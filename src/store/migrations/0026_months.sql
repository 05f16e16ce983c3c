-- Up Migration

-- What grows with every message is kept by month, so that old months go whole. `message` was from the start; now the
-- outbox and the record of payment notices.

create table outbound_key (
  key text primary key,
  at timestamptz not null default now()
);
-- Rows come in the order of time, so a summary of each stretch of them is all that retention needs.
create index outbound_key_at on outbound_key using brin (at);
comment on table outbound_key is
  'What makes a message the same, whatever month it is in: a second one with this key is dropped. No personal value.';
insert into outbound_key (key, at) select key, created_at from outbound;

-- Makes the months around a day in every table that is kept by month; called at start and every hour, by any number of
-- processes. Rows that came before their month was made are in the default partition: they move to it.
create or replace function ensure_message_partitions(around date) returns void language plpgsql set timezone = 'UTC' as $$
declare
  kept record;
  month date;
  part text;
  names text;
begin
  perform pg_advisory_xact_lock(hashtextextended('ensure_message_partitions', 0));
  for kept in
    select * from (values ('message', 'at'), ('outbound', 'created_at'), ('payment_notice', 'at')) as t (name, moment)
    where exists (select from pg_partitioned_table where partrelid = to_regclass(t.name))
  loop
    for month in
      select generate_series(date_trunc('month', around), date_trunc('month', around) + interval '2 months',
                             interval '1 month')::date
    loop
      part := format('%s_%s', kept.name, to_char(month, 'YYYY_MM'));
      continue when to_regclass(part) is not null;
      execute format(
        'create table %I (like %I including defaults including generated including constraints)', part, kept.name);
      select string_agg(quote_ident(attname), ', ') into names
      from pg_attribute
      where attrelid = kept.name::regclass and attnum > 0 and not attisdropped and attgenerated = '';
      execute format(
        'with moved as (delete from %1$I where %2$I >= %3$L and %2$I < %4$L returning %5$s)
         insert into %6$I (%5$s) select %5$s from moved',
        kept.name || '_other', kept.moment, month, month + interval '1 month', names, part);
      execute format('alter table %I attach partition %I for values from (%L) to (%L)',
        kept.name, part, month, month + interval '1 month');
    end loop;
  end loop;
end $$;

alter table outbound rename to outbound_whole;
create table outbound (
  like outbound_whole including defaults including generated including constraints including identity including comments
) partition by range (created_at);
create table outbound_other partition of outbound default;

alter table payment_notice rename to payment_notice_whole;
create table payment_notice (
  like payment_notice_whole
    including defaults including generated including constraints including identity including comments
) partition by range (at);
create table payment_notice_other partition of payment_notice default;

select ensure_message_partitions(month::date)
from (
  select date_trunc('month', created_at at time zone 'UTC') from outbound_whole
  union select date_trunc('month', at at time zone 'UTC') from payment_notice_whole
  union select date_trunc('month', now() at time zone 'UTC')
) as months (month);

insert into outbound (id, contact, channel, provider, address, content, parts, kind, priority, key, due, expires_at,
  state, attempts, lease_until, provider_id, error, report, created_at, sent_at, settled_at)
overriding system value
select id, contact, channel, provider, address, content, parts, kind, priority, key, due, expires_at,
  state, attempts, lease_until, provider_id, error, report, created_at, sent_at, settled_at
from outbound_whole;
select setval(pg_get_serial_sequence('outbound', 'id'), coalesce(max(id), 1), max(id) is not null) from outbound;

insert into payment_notice (id, payment_ref, event, status, said, facts, household, person, contact, reach, reason,
  key, at)
overriding system value
select id, payment_ref, event, status, said, facts, household, person, contact, reach, reason, key, at
from payment_notice_whole;
select setval(pg_get_serial_sequence('payment_notice', 'id'), coalesce(max(id), 1), max(id) is not null)
from payment_notice;

drop table outbound_whole;
drop table payment_notice_whole;

alter table outbound
  add primary key (id, created_at),
  add foreign key (contact) references contact on delete cascade;
create index outbound_queued on outbound (lane, priority, due, id) where state = 'queued';
create index outbound_sending on outbound (lease_until) where state = 'sending';
create index outbound_provider_id on outbound (provider, provider_id) where provider_id is not null;
create index outbound_contact on outbound (contact, id);
create index outbound_key_of on outbound (key);
create index outbound_created_at on outbound using brin (created_at);
create index outbound_settled_at on outbound (settled_at) where settled_at is not null;
create index outbound_dead on outbound (created_at) where state in ('failed', 'unknown');
comment on table outbound is
  'Messages to citizens, from the promise to send until the last delivery report; one partition for each month (UTC).';
comment on column outbound.key is 'What makes it the same message: outbound_key holds each once. No personal value.';

alter table payment_notice
  add primary key (id, at),
  add foreign key (payment_ref) references payment on delete cascade,
  add foreign key (event) references payment_event on delete cascade,
  add foreign key (contact) references contact on delete set null;
create index payment_notice_payment on payment_notice (payment_ref, id);
create index payment_notice_contact on payment_notice (contact);
create index payment_notice_event on payment_notice (event);
create index payment_notice_key on payment_notice (key) where key is not null;
create index payment_notice_unreached on payment_notice (at) where reach = 'none' and reason <> 'replaced';
comment on table payment_notice is
  'What was said of a payment, to whom, and who could not be told: to be reached by other means; one partition for each month (UTC).';
