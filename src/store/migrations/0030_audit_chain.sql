-- Up Migration

-- The audit as a chain: a chore gives each row its position and a keyed hash over the row and the hash before it, and
-- seals what it chained as a block (docs/decisions/0008-audit-chain.md). Rows go only as whole blocks, when they are old.

alter table audit
  add column position bigint,
  add column hash bytea,
  add constraint audit_chained check ((position is null) = (hash is null)) not valid;
create unique index audit_position on audit (position) where position is not null;
create index audit_unchained on audit (id) where position is null;

comment on column audit.position is 'Its place in the chain, without gaps; null: not chained yet, which takes about a minute.';
comment on column audit.hash is 'HMAC-SHA-256 over the hash before it and everything this row says.';

create table audit_block (
  number bigint primary key,
  first_position bigint not null,
  last_position bigint not null,
  last_at timestamptz not null,
  head bytea not null,
  seal bytea not null,
  sealed_at timestamptz not null,
  dropped_at timestamptz,
  check (first_position <= last_position),
  check (dropped_at is null or dropped_at >= last_at + interval '5 years')
);

comment on table audit_block is 'Stretches of the audit that were chained together. Names nobody.';
comment on column audit_block.last_at is 'The latest time of its rows.';
comment on column audit_block.head is 'The hash of its last row, from which the next block goes on.';
comment on column audit_block.seal is 'HMAC-SHA-256 over what stands in this row, but for dropped_at.';
comment on column audit_block.dropped_at is 'When its rows went, having been kept long enough.';

create or replace function keep_audit() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' then
    if old.position is null and new.position is not null
      and to_jsonb(new) - 'position' - 'hash' = to_jsonb(old) - 'position' - 'hash' then
      return new;
    end if;
  elsif tg_op = 'DELETE' then
    if exists (
      select from audit_block
      where dropped_at is not null and old.position between first_position and last_position
    ) then
      return old;
    end if;
  end if;
  raise exception 'the audit cannot be changed';
end $$;

create trigger audit_kept_whole before truncate on audit
  for each statement execute function keep_audit();

create function keep_audit_block() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' then
    if old.dropped_at is null and new.dropped_at is not null
      and to_jsonb(new) - 'dropped_at' = to_jsonb(old) - 'dropped_at' then
      return new;
    end if;
  elsif tg_op = 'DELETE' then
    -- The last one stays: from its head the chain goes on.
    if old.dropped_at is not null and exists (
      select from audit_block where number > old.number and dropped_at is not null
    ) then
      return old;
    end if;
  end if;
  raise exception 'the blocks of the audit cannot be changed';
end $$;

create trigger audit_block_kept before update or delete on audit_block
  for each row execute function keep_audit_block();
create trigger audit_block_kept_whole before truncate on audit_block
  for each statement execute function keep_audit_block();
