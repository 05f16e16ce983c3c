-- Up Migration

-- What the desk needs: who wrote a message, what became of it, who answers a person now, and where to look for news.

alter table message
  add column author uuid,
  add column delivery text;
comment on column message.author is 'The member of staff who wrote it; null: the citizen, or the dialog.';
comment on column message.delivery is 'Key of the message in the outbox (outbound.key), which knows what became of it.';

alter table contact
  add column handled_channel text check (handled_channel in ('sms', 'whatsapp')),
  add column handled_until timestamptz,
  add column handled_told boolean not null default false;
create index contact_handled on contact (handled_by) where handled_by is not null;
comment on column contact.handled_channel is 'Where a person answers instead of the dialog.';
comment on column contact.handled_until is 'The dialog answers again from then on; every message of the agent moves it.';
comment on column contact.handled_told is 'She was told that a person answers.';

drop index interaction_staff;
create unique index interaction_open on interaction (staff) where ended_at is null;
comment on index interaction_open is 'One contact at a time: the next only when this one has its code.';

create index call_open on call (id) where state in ('ringing', 'answered');
drop index task_contact;
create index task_contact on task (contact, created_at desc) where contact is not null;
create index task_done_at on task (done_at) where done_at is not null;
create index outbound_settled_at on outbound (settled_at) where settled_at is not null;
