-- Up Migration

-- What is taken back while it is under way must not come back to the queue, nor go on by another provider.
alter table outbound add column recalled text;
comment on column outbound.recalled is
  'Taken back while under way: why (a code), or held. If it does not leave by this attempt it is cancelled, or waits.';
