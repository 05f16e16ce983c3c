-- Up Migration

create table data_key (
  purpose text primary key,
  sealed bytea not null,
  created_at timestamptz not null default now()
);

comment on table data_key is
  'Data keys, one per purpose, each sealed by ENCRYPTION_KEY, which never enters the database.';
