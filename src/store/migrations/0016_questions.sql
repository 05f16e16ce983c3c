-- Up Migration

-- What was asked of a contact by text message: a short reply answers it, as long as it is open.

create table question (
  contact uuid not null references contact on delete cascade,
  kind text not null check (kind in ('grv.ask', 'ref.back', 'pay.confirm')),
  reference text not null,
  asked_at timestamptz not null,
  until timestamptz not null,
  primary key (contact, kind, reference)
);

comment on table question is 'Questions sent by text message and not answered yet. "1" from this contact is the answer to the newest.';
comment on column question.reference is 'What it is about: a case number, the id of a referral, the reference of a payment.';
