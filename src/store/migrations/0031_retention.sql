-- Up Migration

-- What retention needs: to know what it has emptied, to find what is old, and that it runs once a day.

alter table grievance add column emptied_at timestamptz;
comment on column grievance.emptied_at is
  'Since when nothing leads to her and no words are kept: by retention, or because she asked. Number, category and dates stay.';
create index grievance_closed_at on grievance (closed_at) where closed_at is not null and emptied_at is null;

alter table conversation add column emptied_at timestamptz;
comment on column conversation.emptied_at is 'When its place was last let go of; of what came later nothing was.';

create table retention_run (
  day date primary key,
  at timestamptz not null,
  removed jsonb
);

comment on table retention_run is 'The days (UTC) on which what is old was removed: rows by class. Null: begun and not finished.';
