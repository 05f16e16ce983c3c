-- Up Migration

-- Who works with citizens: accounts, sessions, and what each of them looked at. Names and addresses are sealed.

create table staff (
  key uuid primary key default gen_random_uuid(),
  email uuid not null unique,
  sealed bytea not null,
  roles text[] not null check (cardinality(roles) > 0),
  units text[],
  area text,
  language text not null,
  password text,
  password_is_temporary boolean not null default false,
  totp bytea,
  totp_confirmed_at timestamptz,
  totp_last_step bigint,
  recovery_codes text[] not null default '{}',
  sign_on_subject text unique,
  failures integer not null default 0,
  locked_until timestamptz,
  ready boolean not null default false,
  settings jsonb not null default '{}',
  disabled_at timestamptz,
  created_at timestamptz not null default now()
);

comment on table staff is 'Members of staff. Sealed: address and name.';
comment on column staff.email is 'Keyed hash of the lower-case address.';
comment on column staff.units is 'Routes whose cases they work on; null: every route their roles allow.';
comment on column staff.area is 'A local office sees the cases of its area only; null: all areas.';
comment on column staff.password is 'scrypt, with its parameters and salt; null: single sign-on only.';
comment on column staff.totp is 'Sealed: the shared secret of the authenticator app.';
comment on column staff.totp_last_step is 'The time step last used: a code works once.';
comment on column staff.recovery_codes is 'Hashes of the codes not used yet.';
comment on column staff.ready is 'Takes contacts now.';
comment on column staff.settings is 'Theme, shortcuts: nothing personal about citizens.';

create table staff_session (
  id bytea primary key,
  staff uuid not null references staff on delete cascade,
  created_at timestamptz not null,
  last_seen_at timestamptz not null,
  expires_at timestamptz not null,
  complete boolean not null default false
);
create index staff_session_staff on staff_session (staff);

comment on table staff_session is 'Signed-in browsers.';
comment on column staff_session.id is 'SHA-256 of the token in the cookie.';
comment on column staff_session.complete is 'The second factor was given too.';

create table audit (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  actor text not null,
  action text not null,
  subject text,
  purpose text,
  details jsonb
);
create index audit_at on audit (at desc);
create index audit_actor on audit (actor, at desc);
create index audit_subject on audit (subject, at desc) where subject is not null;

comment on table audit is 'What members of staff, programs and commands saw and did. Rows are only added; nothing personal in clear.';
comment on column audit.actor is 'Key of a member of staff, token:<id>, or the command.';
comment on column audit.subject is 'What it was done to: contact:<key>, household:<key>, case:<reference>, staff:<key>.';

create function keep_audit() returns trigger language plpgsql as $$
begin
  raise exception 'the audit cannot be changed';
end $$;

create trigger audit_kept before update or delete on audit
  for each row execute function keep_audit();

create table setting (
  name text primary key,
  value jsonb not null,
  changed_by text not null,
  changed_at timestamptz not null
);

comment on table setting is 'What supervisors switch while the service runs: whether the hotline is up, and the like.';
