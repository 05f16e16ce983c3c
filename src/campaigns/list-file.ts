/** Reads a list of payments or households from a file, line by line, into a campaign: what is refused has its number. */
import { readRows, type MissingColumns } from '../payments/import/rows.ts';
import { identifier } from '../registry/import/record.ts';
import { fingerprint } from '../registry/import/source.ts';
import type { Tx } from '../store/database.ts';
import { findByOrigin, readCampaign, CampaignRefused, type Campaign, type CampaignDeps } from './campaign.ts';
import { makeCampaign, type By } from './deeds.ts';

/** A line that is not in. Never holds a value from it. */
export type ListProblem = { line: number; reason: string };

export type Listed = {
  campaign: Campaign;
  /** It was read before: this is how far it came. */
  isKnown: boolean;
  refused: number;
  /** By line; of more than 1,000 no others are kept. */
  problems: ListProblem[];
};

const BATCH = 1_000;
const MAX_PROBLEMS = 1_000;

/** Which column names whom; the first one that a file has counts. */
const COLUMNS = ['payment_ref', 'household_id'] as const;

const missingColumns: MissingColumns = (columns) =>
  COLUMNS.some((name) => columns.has(name)) ? [] : [COLUMNS.join(' or ')];

type Item = { line: number; payment?: string; household?: string };

/**
 * Makes a campaign of the payments that a file names (`payment_ref`), or that wait to be collected by the households it
 * names (`household_id`). The same file is the same campaign: what was broken off goes on. Throws FileRefused before
 * anything is made when the file as a whole will not do.
 */
export async function listFile(
  deps: CampaignDeps,
  file: string,
  options: { title: string; by: By; signal?: AbortSignal; onProgress?: (fraction: number) => void },
): Promise<Listed> {
  const { db, now } = deps;
  const { title, by, signal, onProgress } = options;
  const origin = `file:${await fingerprint([file])}`;
  const known = await findByOrigin(db, origin);
  if (known && known.state !== 'reading') return { campaign: known, isKnown: true, refused: 0, problems: [] };
  let id = known?.id;
  // A file of the wrong kind has as many as lines.
  const problems: ListProblem[] = [];
  let refused = 0;
  const refuse = (more: readonly ListProblem[]) => {
    refused += more.length;
    problems.push(...more.slice(0, MAX_PROBLEMS - problems.length));
  };
  let items: Item[] = [];
  const flush = async () => {
    id ??= await makeCampaign(deps, { kind: 'payments', source: 'file', title, origin }, { by, at: now() });
    if (id === undefined) throw new CampaignRefused('state');
    refuse(await take(deps, id, items));
    items = [];
    signal?.throwIfAborted();
  };
  for await (const row of readRows(file, { position: null, line: 0 }, signal, missingColumns)) {
    const item = 'problem' in row ? row.problem : itemOf(row.line, row.value);
    if (typeof item === 'string') refuse([{ line: row.line, reason: item }]);
    else items.push(item);
    if (items.length < BATCH) continue;
    await flush();
    onProgress?.(row.fraction);
  }
  await flush();
  await db.query(`update campaign set state = 'gathering' where id = $1 and state = 'reading'`, [id]);
  const campaign = await readCampaign(db, id ?? '');
  if (!campaign) throw new CampaignRefused('unknown');
  problems.sort((one, other) => one.line - other.line);
  return { campaign, isKnown: false, refused, problems };
}

/** The same from lines of references that somebody pasted. */
export async function listReferences(
  deps: CampaignDeps,
  references: readonly string[],
  { title, by }: { title: string; by: By },
): Promise<{ id: string; problems: ListProblem[] }> {
  const id = await makeCampaign(deps, { kind: 'payments', source: 'file', title }, { by, at: deps.now() });
  if (id === undefined) throw new CampaignRefused('state');
  const items = references.map((payment, index) => ({ line: index + 1, payment }));
  const problems: ListProblem[] = [];
  for (let from = 0; from < items.length; from += BATCH)
    problems.push(...(await take(deps, id, items.slice(from, from + BATCH))));
  await deps.db.query(`update campaign set state = 'gathering' where id = $1 and state = 'reading'`, [id]);
  return { id, problems };
}

function itemOf(line: number, value: Record<string, unknown>): Item | string {
  const column = COLUMNS.find((name) => value[name] !== undefined && value[name] !== '');
  if (column === undefined) return `${COLUMNS.join(' or ')}: missing`;
  const read = identifier.safeParse(value[column]);
  if (!read.success) return `${column}: not an identifier`;
  return column === 'payment_ref' ? { line, payment: read.data } : { line, household: read.data };
}

/** One transaction. A payment stands on one line; the others are told which. */
async function take(
  { db, keys }: CampaignDeps,
  campaign: string,
  items: readonly Item[],
): Promise<ListProblem[]> {
  return db.transaction(async (tx) => [
    ...(await takePayments(
      tx,
      campaign,
      items.flatMap(({ line, payment }) => (payment === undefined ? [] : [{ line, payment }])),
    )),
    ...(await takeHouseholds(
      tx,
      campaign,
      items.flatMap(({ line, household }) =>
        household === undefined ? [] : [{ line, key: keys.index('household', household) }],
      ),
    )),
  ]);
}

async function takePayments(
  tx: Tx,
  campaign: string,
  items: readonly { line: number; payment: string }[],
): Promise<ListProblem[]> {
  if (items.length === 0) return [];
  const values = [campaign, items.map(({ payment }) => payment), items.map(({ line }) => line)];
  await tx.query(
    `insert into campaign_listed (campaign, payment_ref, line)
     select $1, m.reference, m.line from unnest($2::text[], $3::integer[]) as m (reference, line)
     join payment p on p.reference = m.reference
     order by m.line
     on conflict (campaign, payment_ref) do nothing`,
    values,
  );
  const { rows } = await tx.query<{ line: number; first: number | null }>(
    `select m.line, l.line as first from unnest($2::text[], $3::integer[]) as m (reference, line)
     left join campaign_listed l on l.campaign = $1 and l.payment_ref = m.reference
     where l.line is distinct from m.line`,
    values,
  );
  return rows.map(({ line, first }) => ({
    line,
    reason: first === null ? 'payment_ref: no such payment' : `payment_ref: stands on line ${first} already`,
  }));
}

async function takeHouseholds(
  tx: Tx,
  campaign: string,
  items: readonly { line: number; key: string }[],
): Promise<ListProblem[]> {
  if (items.length === 0) return [];
  const values = [campaign, items.map(({ key }) => key), items.map(({ line }) => line)];
  const ready = `lower(trim(p.status)) = 'ready'`;
  await tx.query(
    `insert into campaign_listed (campaign, payment_ref, line)
     select $1, p.reference, m.line from unnest($2::uuid[], $3::integer[]) as m (household, line)
     join payment p on p.household = m.household and ${ready}
     order by m.line
     on conflict (campaign, payment_ref) do nothing`,
    values,
  );
  const { rows } = await tx.query<{ line: number; known: boolean; first: number | null }>(
    `select m.line, h.key is not null as known, min(l.line) as first
     from unnest($2::uuid[], $3::integer[]) as m (household, line)
     left join household h on h.key = m.household
     left join payment p on p.household = m.household and ${ready}
     left join campaign_listed l on l.campaign = $1 and l.payment_ref = p.reference
     group by m.line, h.key having min(l.line) is distinct from m.line`,
    values,
  );
  return rows.map(({ line, known, first }) => ({
    line,
    reason: !known
      ? 'household_id: no such household'
      : first === null
        ? 'household_id: has no payment that waits to be collected'
        : `household_id: stands on line ${first} already`,
  }));
}
