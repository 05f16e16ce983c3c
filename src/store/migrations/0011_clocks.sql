-- Up Migration

-- Clocks are wound by who knows the calendar. Open cases from before get theirs at the next pass.

comment on column grievance.clock is
  'What happens next by itself: triage and warn tell the unit, due takes it one level up, ask and close follow the answer. Null beside a clock_at: something changed, the clock is to be wound.';
comment on column grievance.clock_at is 'When it happens, or when the clock was stopped to be wound again; null: nothing happens by itself.';

update grievance set clock_at = now(), clock_from = created_at where status not in ('closed', 'withdrawn');

drop index referral_ask;
create index referral_ask on referral (due_on) where state in ('sent', 'accepted', 'served');
