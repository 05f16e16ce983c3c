/** Writes a batch of households in one transaction, touching only those whose content changed. */

import type { Tx } from '../../store/database.ts';
import { ALLOWED_STEPS } from '../../payments/states.ts';
import type { HouseholdRows, PreparedHousehold } from './prepare.ts';

export type Written = { members: number; unchanged: number; warnings: { key: string; reason: string }[] };

/**
 * Makes the tables say what the records say. A changed household is replaced: members, phones, documents and
 * enrolments that its record no longer has disappear. Payments stay, because exports often hold only the latest; a
 * payment row changes only when the registry says something new about it, so payment events are not undone.
 *
 * @param batch households with distinct keys
 */
export async function writeHouseholds(tx: Tx, batch: PreparedHousehold[]): Promise<Written> {
  // The same order in every process: two imports at once wait for each other instead of locking each other out.
  const sorted = batch.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const present = await tx.query<{ key: string; content: string }>(
    'select key, content from household where key = any($1::uuid[])',
    [sorted.map((household) => household.key)],
  );
  const contents = new Map(present.rows.map((row) => [row.key, row.content]));
  const changed = sorted
    .filter((household) => contents.get(household.key) !== household.content)
    .map((household) => household.rows());
  const warnings = changed.flatMap(({ key, warnings }) => warnings.map((reason) => ({ key, reason })));
  if (changed.length > 0) {
    await writeFiles(tx, changed);
    await removeOld(
      tx,
      changed.filter((household) => contents.has(household.key)),
    );
    await writePersons(tx, changed);
    await writeEnrolments(tx, changed);
    warnings.push(...(await writePayments(tx, changed)));
  }
  return {
    members: sorted.reduce((sum, household) => sum + household.members, 0),
    unchanged: sorted.length - changed.length,
    warnings,
  };
}

async function writeFiles(tx: Tx, households: HouseholdRows[]): Promise<void> {
  await tx.query(
    `insert into household (key, area, sealed, members, head_deceased, content)
     select * from unnest($1::uuid[], $2::text[], $3::bytea[], $4::integer[], $5::boolean[], $6::uuid[])
     on conflict (key) do update set
       area = excluded.area, sealed = excluded.sealed, members = excluded.members,
       head_deceased = excluded.head_deceased, content = excluded.content, updated_at = now()`,
    [
      households.map((household) => household.key),
      households.map((household) => household.area),
      households.map((household) => household.sealed),
      households.map((household) => household.persons.length),
      households.map((household) => household.headDeceased),
      households.map((household) => household.content),
    ],
  );
}

async function removeOld(tx: Tx, households: HouseholdRows[]): Promise<void> {
  if (households.length === 0) return;
  const keys = households.map((household) => household.key);
  const persons = households.flatMap((household) => household.persons.map((person) => person.key));
  await tx.query(
    `delete from person_phone where person in (select key from person where household = any($1::uuid[]))`,
    [keys],
  );
  await tx.query('delete from person_document where household = any($1::uuid[])', [keys]);
  await tx.query('delete from enrolment where household = any($1::uuid[])', [keys]);
  await tx.query('delete from person where household = any($1::uuid[]) and key <> all($2::uuid[])', [
    keys,
    persons,
  ]);
}

async function writePersons(tx: Tx, households: HouseholdRows[]): Promise<void> {
  const persons = households.flatMap(({ key, persons }) => persons.map((p) => ({ ...p, household: key })));
  await tx.query(
    `insert into person (key, household, external_id, role, sealed, language, alive, name_index)
     select key, household, external_id, role, sealed, language, alive, name_index::uuid[]
     from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::bytea[], $6::text[], $7::boolean[], $8::text[])
       as t (key, household, external_id, role, sealed, language, alive, name_index)
     on conflict (key) do update set
       role = excluded.role, sealed = excluded.sealed, language = excluded.language, alive = excluded.alive,
       name_index = excluded.name_index`,
    [
      persons.map((person) => person.key),
      persons.map((person) => person.household),
      persons.map((person) => person.externalId),
      persons.map((person) => person.role),
      persons.map((person) => person.sealed),
      persons.map((person) => person.language),
      persons.map((person) => person.alive),
      persons.map((person) => `{${person.nameIndex.join(',')}}`),
    ],
  );

  const phones = persons.flatMap((person) =>
    person.phones.map((phone, position) => ({
      ...phone,
      position,
      person: person.key,
      household: person.household,
    })),
  );
  if (phones.length > 0) {
    await tx.query(
      `insert into person_phone (phone, person, household, use, position)
       select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::smallint[])`,
      [
        phones.map((phone) => phone.phone),
        phones.map((phone) => phone.person),
        phones.map((phone) => phone.household),
        phones.map((phone) => phone.use),
        phones.map((phone) => phone.position),
      ],
    );
  }

  const documents = [
    ...persons.flatMap((person) =>
      person.documents.map((document) => ({ ...document, person: person.key, household: person.household })),
    ),
    ...households.flatMap(({ key, familyFile }) =>
      familyFile === undefined ? [] : [{ ...familyFile, kind: 'family_file', person: null, household: key }],
    ),
  ];
  await tx.query(
    `insert into person_document (document, household, person, kind, ending)
     select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::uuid[])`,
    [
      documents.map((document) => document.document),
      documents.map((document) => document.household),
      documents.map((document) => document.person),
      documents.map((document) => document.kind),
      documents.map((document) => document.ending),
    ],
  );
}

async function writeEnrolments(tx: Tx, households: HouseholdRows[]): Promise<void> {
  const enrolments = households.flatMap(({ key, enrolments }) =>
    enrolments.map((e) => ({ ...e, household: key })),
  );
  await tx.query(
    `insert into enrolment (household, programme, status, since, status_date, reason, next_date, review_due)
     select * from unnest(
       $1::uuid[], $2::text[], $3::text[], $4::date[], $5::date[], $6::text[], $7::date[], $8::date[])`,
    [
      enrolments.map((enrolment) => enrolment.household),
      enrolments.map((enrolment) => enrolment.programme),
      enrolments.map((enrolment) => enrolment.status),
      enrolments.map((enrolment) => enrolment.since),
      enrolments.map((enrolment) => enrolment.status_date),
      enrolments.map((enrolment) => enrolment.reason),
      enrolments.map((enrolment) => enrolment.next_date),
      enrolments.map((enrolment) => enrolment.review_due),
    ],
  );
}

type PaymentRow = HouseholdRows['payments'][number] & { household: string };

/**
 * A payment reference belongs to one household; whoever had it first keeps it, the other is told. Where payment events
 * have come, the registry's word counts as one more of them: an old export does not take a payment back.
 */
async function writePayments(tx: Tx, households: HouseholdRows[]): Promise<Written['warnings']> {
  const all = households.flatMap(({ key, payments }) => payments.map((p) => ({ ...p, household: key })));
  if (all.length === 0) return [];
  const taken = await tx.query<{ reference: string; household: string }>(
    'select reference, household from payment where reference = any($1::text[])',
    [all.map((payment) => payment.payment_ref)],
  );
  const owner = new Map(taken.rows.map((row) => [row.reference, row.household]));
  const warnings: Written['warnings'] = [];
  const payments: PaymentRow[] = [];
  for (const payment of all) {
    const holder = owner.get(payment.payment_ref) ?? payment.household;
    owner.set(payment.payment_ref, holder);
    if (holder === payment.household) payments.push(payment);
    else {
      warnings.push({
        key: payment.household,
        reason: 'payments.payment_ref: belongs to another household, left out',
      });
    }
  }
  await tx.query(
    `insert into payment as p (reference, household, person, programme, period, amount, currency, status,
       from_date, until_date, place, provider, status_date, imported)
     select * from unnest(
       $1::text[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::numeric[], $7::text[], $8::text[],
       $9::date[], $10::date[], $11::text[], $12::text[], $13::date[], $14::uuid[])
     on conflict (reference) do update set
       person = coalesce(excluded.person, case when p.version > 0 then p.person end),
       programme = excluded.programme, period = excluded.period,
       amount = coalesce(excluded.amount, case when p.version > 0 then p.amount end),
       currency = coalesce(excluded.currency, case when p.version > 0 then p.currency end),
       status = excluded.status,
       from_date = excluded.from_date, until_date = excluded.until_date, place = excluded.place,
       provider = excluded.provider, status_date = excluded.status_date, imported = excluded.imported,
       base = case when p.version > 0 then jsonb_build_object(
         'status', excluded.status, 'statusDate', excluded.status_date,
         'at', to_char(coalesce(excluded.status_date, now()) at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
         'details', jsonb_build_object(
           'person', excluded.person, 'programme', excluded.programme, 'period', excluded.period,
           'amount', excluded.amount::text, 'currency', excluded.currency, 'from', excluded.from_date,
           'until', excluded.until_date, 'place', excluded.place, 'provider', excluded.provider, 'reason', null)) end,
       updated_at = now()
     where p.household = excluded.household and p.imported is distinct from excluded.imported
       and (p.version = 0 or lower(p.status) || '>' || lower(excluded.status) = any($15))`,
    [
      payments.map((payment) => payment.payment_ref),
      payments.map((payment) => payment.household),
      payments.map((payment) => payment.person),
      payments.map((payment) => payment.programme),
      payments.map((payment) => payment.period),
      payments.map((payment) => payment.amount),
      payments.map((payment) => payment.currency),
      payments.map((payment) => payment.status),
      payments.map((payment) => payment.from),
      payments.map((payment) => payment.until),
      payments.map((payment) => payment.place),
      payments.map((payment) => payment.provider),
      payments.map((payment) => payment.status_date),
      payments.map((payment) => payment.imported),
      ALLOWED_STEPS,
    ],
  );
  return warnings;
}
