-- Up Migration

create table twilio_content (
  hash text primary key,
  sid text not null,
  created_at timestamptz not null default now()
);
comment on table twilio_content is 'Which Content object at Twilio holds which buttons or list; no personal value.';
