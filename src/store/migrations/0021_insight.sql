-- Up Migration

-- What the supervisors' numbers are counted from: days that are over are counted once, and found by their day.

create table insight_day (
  day date not null,
  what text not null check (what in ('sessions', 'finished', 'reached', 'left', 'texts')),
  screen text not null default '',
  count integer not null,
  primary key (day, what, screen)
);

comment on table insight_day is
  'Conversations of a local day that is over, counted: no row names anybody. A day that was counted has its row `sessions`.';
comment on column insight_day.what is
  'sessions: USSD sessions; finished: those that came to a last screen; reached, left: dialogs shown, and shown last; texts: messages received.';
comment on column insight_day.screen is 'The dialog, for reached and left.';

alter table message add column done boolean;
comment on column message.done is
  'USSD, out: with this she has what she dialled for, or came to a last screen. Null: on other channels, and from before.';

-- Written in the order of time, so that a few pages of summary find a day among millions of rows.
create index message_at on message using brin (at) with (pages_per_range = 32);
create index interaction_ended_at on interaction (ended_at) where ended_at is not null;
create index call_started_at on call (started_at);
create index task_created_at on task (created_at);
create index task_promised_on on task (promised_on) where kind = 'callback';
create index private_case_created_at on private_case (created_at);
create index payment_on_date on payment (on_date);
create index payment_confirmation_at on payment_confirmation (at);
