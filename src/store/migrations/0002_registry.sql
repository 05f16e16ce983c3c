-- Up Migration

-- The local copy of the registry. Who a person is stands only in `sealed` columns; what is looked up stands as a keyed
-- hash (uuid). Programmes, dates and statuses are in clear: without the keys they belong to nobody.

create table household (
  key uuid primary key,
  area text,
  sealed bytea not null,
  members integer not null,
  head_deceased boolean not null default false,
  content uuid not null,
  updated_at timestamptz not null default now()
);

comment on table household is 'Registered households. Sealed: the household id (family file number).';
comment on column household.key is 'Keyed hash of the household id.';
comment on column household.content is 'Keyed hash of all that the registry last said: equal means nothing to import.';

create table person (
  key uuid primary key,
  household uuid not null references household on delete cascade,
  external_id uuid not null,
  role text not null check (role in ('head', 'member', 'nominee')),
  sealed bytea not null,
  language text,
  alive boolean not null default true,
  name_index uuid[] not null default '{}'
);
create index person_household on person (household);
create index person_external_id on person (external_id);
create index person_name on person using gin (name_index);

comment on table person is
  'Members and nominees, once per household. Sealed: person id, names, mother, sex, birth date, documents, phones.';
comment on column person.key is 'Keyed hash of household id and person id together.';
comment on column person.external_id is 'Keyed hash of the person id alone; one person may belong to several households.';
comment on column person.name_index is 'Keyed hashes of the folded words of her names.';

create table person_phone (
  phone uuid not null,
  person uuid not null references person on delete cascade,
  household uuid not null,
  use text not null check (use in ('own', 'shared', 'borrowed', 'unknown')),
  position smallint not null,
  primary key (phone, person)
);
create index person_phone_person on person_phone (person);

comment on table person_phone is 'Which persons use a phone. The number itself is sealed with the person.';
comment on column person_phone.phone is 'Keyed hash of the number, E.164.';

create table person_document (
  document uuid not null,
  household uuid not null references household on delete cascade,
  person uuid references person on delete cascade,
  kind text not null
);
create index person_document_document on person_document (document);
create index person_document_household on person_document (household);
create index person_document_person on person_document (person);

comment on table person_document is
  'Documents by keyed hash of their digits. Kind family_file: the household id; it names no person.';

create table enrolment (
  household uuid not null references household on delete cascade,
  programme text not null,
  status text not null,
  since date,
  status_date date,
  reason text,
  next_date date,
  review_due date,
  primary key (household, programme)
);

comment on table enrolment is 'Where a household stands in each programme; status in the words of the registry.';

create table payment (
  reference text primary key,
  household uuid not null references household on delete cascade,
  person uuid,
  programme text not null,
  period text,
  amount numeric,
  currency text,
  status text not null,
  from_date date,
  until_date date,
  place text,
  provider text,
  status_date date,
  on_date date generated always as (
    coalesce(
      from_date,
      case
        when period ~ '^[12][0-9]{3}-(0[1-9]|1[0-2])$'
        then make_date(left(period, 4)::integer, right(period, 2)::integer, 1)
      end,
      status_date
    )
  ) stored,
  imported uuid,
  updated_at timestamptz not null default now()
);
create index payment_household on payment (household, on_date desc);

comment on table payment is 'Payments of a household, as imported and as payment events changed them since.';
comment on column payment.amount is 'With as many decimals as the source wrote: some currencies have none, some three.';
comment on column payment.on_date is 'The day that orders payments: start of collection, else first of the period.';
comment on column payment.imported is
  'Keyed hash of what the last import said, so that a repeated import never undoes a payment event.';

create table registry_import (
  file uuid primary key,
  position text,
  line integer not null default 0,
  households integer not null default 0,
  members integer not null default 0,
  unchanged integer not null default 0,
  rejected integer not null default 0,
  warnings integer not null default 0,
  problems jsonb not null default '[]',
  finished boolean not null default false,
  updated_at timestamptz not null default now()
);

comment on table registry_import is 'How far the import of a file has come. Problems hold line numbers, never values.';

create table registry_import_row (
  file uuid not null references registry_import on delete cascade,
  household uuid not null,
  part smallint not null,
  line integer not null,
  sealed bytea not null,
  primary key (file, household, part, line)
);

comment on table registry_import_row is
  'Rows of a CSV import, sealed, waiting to be put together into households; empty between imports.';
