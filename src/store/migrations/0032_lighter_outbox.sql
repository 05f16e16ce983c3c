-- Up Migration

-- A million notices are put in within minutes, so a row costs no more than what somebody looks up. A foreign key costs
-- each new row a look-up and a lock; here the parent is read in the same transaction, and only what follows from its
-- deletion is needed: that is done by statement, when it happens.

alter table outbound drop constraint outbound_contact_fkey;
alter table payment_notice
  drop constraint payment_notice_payment_ref_fkey,
  drop constraint payment_notice_event_fkey,
  drop constraint payment_notice_contact_fkey,
  drop constraint payment_notice_pkey;
drop index payment_notice_payment, payment_notice_contact, payment_notice_event;
-- Notices are looked for by their payment.
alter table payment_notice add primary key (payment_ref, id, at);

create function forget_messages() returns trigger language plpgsql as $$
begin
  delete from outbound where contact in (select key from gone);
  update payment_notice set contact = null where contact in (select key from gone);
  return null;
end $$;
create trigger contact_gone after delete on contact referencing old table as gone
  for each statement execute function forget_messages();

create function forget_payment_notices() returns trigger language plpgsql as $$
begin
  delete from payment_notice where payment_ref in (select reference from gone);
  return null;
end $$;
create trigger payment_gone after delete on payment referencing old table as gone
  for each statement execute function forget_payment_notices();

comment on column outbound.contact is
  'To whom; null when the address is nobody we keep. Goes with the contact; a notice to one that is gone is not sent.';
comment on column payment_notice.event is 'The event it was about (payment_event.id); null: only the registry had spoken.';
