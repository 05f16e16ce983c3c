-- Up Migration

-- Passkeys of staff (WebAuthn): a second factor beside the authenticator app.

create table staff_passkey (
  key uuid primary key default gen_random_uuid(),
  staff uuid not null references staff on delete cascade,
  credential bytea not null unique,
  public_key bytea not null,
  counter bigint not null,
  transports text[] not null,
  name bytea not null,
  added_at timestamptz not null,
  last_used_at timestamptz
);
create index staff_passkey_staff on staff_passkey (staff);

comment on table staff_passkey is 'Passkeys of staff. The private half never leaves the device.';
comment on column staff_passkey.credential is 'What the device calls it; one of one account only.';
comment on column staff_passkey.public_key is 'COSE.';
comment on column staff_passkey.counter is 'As last signed: one that does not grow is a copy. 0: the device does not count.';
comment on column staff_passkey.transports is 'How the browser reaches the device: internal, usb, hybrid.';
comment on column staff_passkey.name is 'Sealed: what its owner calls it.';

alter table staff_session
  add column challenge text,
  add column challenge_until timestamptz;
comment on column staff_session.challenge is 'What a passkey must sign next, for this browser; taken away by the first answer.';
