/** A service in which four complaints stand side by side: an open one, a nameless one, bribes, and a private matter. */
import { randomUUID } from 'node:crypto';
import { sealContent, sealDetails } from '../../src/evidence/attachment.ts';
import { newReference } from '../../src/grievances/reference.ts';
import { demoPhone } from '../../src/registry/demo-people.ts';
import { lodgeByUssd, visitor, type TestService, type Who } from './support.ts';

/** Words that stand nowhere else in the service. */
export const WORDS = {
  open: 'the kettle was cold',
  nameless: 'under the almond tree',
  bribe: 'zumurrud at the counter',
  inspectors: 'saffron in the drawer',
  caption: 'turmeric on the table',
  photo: 'paprika-and-bytes',
  codeWord: 'cinnamon',
  private: 'cardamom was said',
} as const;

export type Seeded = {
  service: TestService;
  phones: Readonly<Record<'open' | 'nameless' | 'bribe' | 'bribeCall' | 'private', string>>;
  contacts: Readonly<Record<'open' | 'nameless' | 'bribe' | 'bribeCall' | 'private', string>>;
  open: string;
  nameless: string;
  /** Restricted. */
  bribe: string;
  bribeCall: string;
  attachment: string;
  task: number;
  privateCase: string;
  /** What the private dialog shows after its first choice. */
  privateScreens: string[];
  /** A number and keys that are well formed, and belong to nothing. */
  unknown: { reference: string; key: string; task: number };
};

export async function seed(service: TestService): Promise<Seeded> {
  const { db, keys } = service.service.deployment;
  const phones = {
    open: demoPhone(1),
    nameless: demoPhone(5),
    bribe: demoPhone(4),
    bribeCall: demoPhone(2),
    private: demoPhone(3),
  };
  const open = await lodgeByUssd(service, phones.open, { about: ['1', '1'], text: WORDS.open });
  const nameless = await lodgeByUssd(service, phones.nameless, {
    about: ['1', '2'],
    text: WORDS.nameless,
    named: false,
  });
  const bribe = await lodgeByUssd(service, phones.bribe, { about: ['4', '1'], text: WORDS.bribe });
  const call = service.handset(phones.bribeCall);
  await call.dial();
  await call.keys('2', '3', '4', '1', '1', '8');
  const privately = service.handset(phones.private);
  await privately.dial();
  const privateScreens = [await privately.keys('2', '3', '5')];
  for (const key of ['8', '2', '1', '1']) privateScreens.push(await privately.send(key));

  const one = async <R extends Record<string, unknown>>(sql: string, values: unknown[] = []): Promise<R> => {
    const { rows } = await db.query<R>(sql, values);
    const [row] = rows;
    if (!row) throw new Error(`nothing found: ${sql}`);
    return row;
  };
  const { reference: bribeCall } = await one<{ reference: string }>(
    `select reference from grievance where sensitivity = 'restricted' and reference <> $1`,
    [bribe],
  );
  const { id: task } = await one<{ id: number }>('select id from task where reference = $1', [bribeCall]);
  const { id: privateCase } = await one<{ id: string }>('select id from private_case');

  const contacts = Object.fromEntries(
    Object.entries(phones).map(([name, phone]) => [name, keys.index('contact', phone)]),
  ) as Seeded['contacts'];
  const attachment = randomUUID();
  await db.query(
    `insert into attachment (id, contact, reference, kind, channel, language, provider, state, content, details, type,
       bytes, at, keep_until)
     values ($1, $2, $3, 'photo', 'whatsapp', 'ar', 'simulator-whatsapp', 'stored', $4, $5, 'image/jpeg', 17, now(),
       now() + interval '1 year')`,
    [
      ...[attachment, contacts.bribe, bribe],
      sealContent(keys, attachment, Buffer.from(WORDS.photo)),
      sealDetails(keys, attachment, { caption: WORDS.caption }),
    ],
  );

  await write(service, 'inspector', `/console/cases/${bribe}`, 'note', { text: WORDS.inspectors });
  await write(service, 'protection', `/console/private/${privateCase}`, 'note', { text: WORDS.private });
  await write(service, 'protection', `/console/private/${privateCase}`, 'safe', { codeWord: WORDS.codeWord });

  return {
    ...{ service, phones, contacts, open, nameless, bribe, bribeCall, attachment, task, privateCase },
    privateScreens: privateScreens.map(({ text }) => text),
    unknown: { reference: newReference(), key: randomUUID(), task: 987_654_321 },
  };
}

/** A deed on a page of one's own, with the version that the page shows. */
export async function write(
  service: TestService,
  who: Who,
  page: string,
  deed: string,
  fields: Record<string, string>,
): Promise<void> {
  const { ask, post } = await visitor(service.url, who);
  const version = /name="version" value="(\d+)"/.exec((await ask(page)).text)?.[1] ?? '';
  const answer = await post(`${page}/${deed}`, { version, ...fields });
  if (answer.status !== 303) throw new Error(`${who} could not ${deed}: ${answer.status}`);
}

/** Every row of these tables as text: equal when nothing changed. */
export async function stateOf(service: TestService, tables: readonly string[] = GUARDED): Promise<string> {
  const parts = [];
  for (const table of tables) {
    // Clocks are set, and messages make their way, by themselves.
    const row =
      table === 'outbound'
        ? 't.key'
        : `(to_jsonb(t) - array['clock', 'clock_at', 'clock_from', 'updated_at'])::text`;
    const { rows } = await service.service.deployment.db.query<{ text: string }>(
      `select coalesce(string_agg(${row}, E'\\n' order by ${row}), '') as text from "${table}" t`,
    );
    parts.push(`${table}:\n${rows[0]?.text ?? ''}`);
  }
  return parts.join('\n');
}

/** What people work on; not what notes that somebody looked (audit, sessions, interactions). */
export const GUARDED = [
  'grievance',
  'grievance_event',
  'private_case',
  'private_event',
  'task',
  'task_attempt',
  'referral',
  'attachment',
  'note',
  'canned_reply',
  'setting',
  'api_token',
  'outbound',
  'staff',
] as const;
