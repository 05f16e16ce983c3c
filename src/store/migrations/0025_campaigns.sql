-- Up Migration

-- Campaigns: one message to many, previewed, approved by a second person, put into the outbox chunk by chunk.

create table campaign (
  id uuid primary key default gen_random_uuid(),
  kind text not null check (kind in ('payments', 'broadcast', 'reminder')),
  source text not null check (source in ('due', 'file', 'people', 'subscribers', 'update_due')),
  text text check ((text is null) = (kind = 'payments')),
  title text not null,
  filter jsonb not null default '{}',
  until date,
  origin text unique,
  state text not null check (
    state in ('reading', 'gathering', 'draft', 'approved', 'running', 'paused', 'stopped', 'done')
  ),
  position text,
  recipients integer not null default 0,
  chunks integer not null default 0,
  preview jsonb,
  made_by text not null,
  made_at timestamptz not null,
  tried_at timestamptz,
  approved_by text,
  approved_at timestamptz,
  started_at timestamptz,
  ended_at timestamptz
);
create index campaign_open on campaign (made_at) where state not in ('done', 'draft', 'reading');

comment on table campaign is 'One message to many people: what, to whom, who made and who approved it, how far it is.';
comment on column campaign.text is 'Key of the text; null: each payment has words of its own.';
comment on column campaign.title is 'What colleagues call it. Nothing personal.';
comment on column campaign.until is 'The date that the text names, where it names one.';
comment on column campaign.origin is 'A file by its fingerprint, or a day of reminders: there is one campaign for each.';
comment on column campaign.position is 'How far the audience is gathered: the last key of the source.';
comment on column campaign.recipients is 'The highest number given to a recipient.';
comment on column campaign.preview is 'Counts by language and reason, parts of messages. Names nobody.';
comment on column campaign.made_by is 'Key of a member of staff, command, or service.';

create table campaign_chunk (
  campaign uuid not null references campaign on delete cascade,
  number integer not null,
  first_n integer not null,
  last_n integer not null,
  state text not null default 'open' check (state in ('open', 'queued', 'held', 'left', 'cancelled')),
  primary key (campaign, number)
);
create index campaign_chunk_work on campaign_chunk (campaign, state, number) where state <> 'left';

comment on table campaign_chunk is
  'Recipients that go into the outbox together, in one transaction: a chunk is done whole or not at all.';
comment on column campaign_chunk.state is
  'open: not in the outbox yet. held: its messages wait while the campaign is paused. left: none waits any more.';

create table campaign_recipient (
  campaign uuid not null references campaign on delete cascade,
  n integer not null,
  household uuid,
  person uuid,
  payment_ref text,
  phone uuid,
  contact uuid,
  language text not null,
  reach text not null check (reach in ('full', 'discreet', 'none')),
  reason text check (reach = 'none' or reason is null),
  area text,
  key text,
  primary key (campaign, n)
);
create unique index campaign_recipient_once on campaign_recipient (key) where key like 'due:%';

comment on table campaign_recipient is 'Whom a campaign is for, as found when it was previewed; checked again when it is sent.';
comment on column campaign_recipient.phone is 'Keyed hash of the phone that is written to, as in person_phone.';
comment on column campaign_recipient.reach is 'none: cannot be told, for the reason given; to be reached by other means.';
comment on column campaign_recipient.reason is
  'no_phone, deceased, nobody, opted_out, refused, old; told: knows it already; nothing: nothing to be said.';
comment on column campaign_recipient.key is 'outbound.key of the message.';

create table campaign_listed (
  campaign uuid not null references campaign on delete cascade,
  payment_ref text not null,
  line integer not null,
  primary key (campaign, payment_ref)
);
comment on table campaign_listed is 'Payments that a file names, until their campaign is gathered.';

-- Whose details must be confirmed soon.
create index enrolment_review on enrolment (review_due) where review_due is not null;
