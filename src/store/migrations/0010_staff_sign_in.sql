-- Up Migration

-- How far a sign-in has come, and which accounts are invented.

alter table staff add column demo boolean not null default false;
comment on column staff.demo is 'An invented account of profile demo: never signs in to production.';

alter table staff_session
  add column second_factor boolean not null default false,
  add column sign_on boolean not null default false;
comment on column staff_session.second_factor is 'The second factor was given in this sign-in.';
comment on column staff_session.sign_on is 'Signed in at the identity provider, which asks for what it asks.';
comment on column staff_session.complete is 'Nothing more is asked: the session opens the console.';

create index staff_session_expiry on staff_session (expires_at);
