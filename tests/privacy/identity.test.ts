/** Who somebody is, who is locked out and what a stranger can learn (dialogs.md D2, §4 and §8). */
import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Slots } from '../../src/conversation/dialog.ts';
import { CannotTell } from '../../src/conversation/run.ts';
import { identityPorts, type IdentityPorts, type NewTask } from '../../src/privacy/identity-ports.ts';
import { openKeys, type Keys } from '../../src/privacy/keys.ts';
import { loadProfile } from '../../src/profiles/profile.ts';
import { importHouseholds } from '../../src/registry/import.ts';
import type { HouseholdInput } from '../../src/registry/import/record.ts';
import { localRegistry } from '../../src/registry/local.ts';
import { RegistryUnavailable, type Registry } from '../../src/registry/registry.ts';
import { openDatabase, type Database } from '../../src/store/database.ts';
import { freshDatabase } from '../support/postgres.ts';
import { inTurn, type Asking, type Did } from '../support/turn.ts';

const profile = loadProfile('demo', fileURLToPath(new URL('../../profiles', import.meta.url)));
const NOW = new Date('2026-11-22T10:00:00Z');
const HOUR = 3_600_000;

const OWN = '+96170900001';
const SPOUSE = '+96170900002';
const UNKNOWN_USE = '+96170900003';
const SHARED = '+96170900004';
const TWO_FILES = '+96170900005';
const TWO_ROLES = '+96170900006';
const NOMINEE = '+96170900007';
const YOUNG_NOMINEE = '+96170900008';
const MINOR = '+96170900009';
const WIDOW = '+96170900010';
const DEAD = '+96170900011';
const STRANGER = '+96170900099';

type Member = HouseholdInput['members'][number];
type Use = 'own' | 'shared' | 'borrowed' | 'unknown';

function member(phone: string | null, more: Partial<Member> & { born?: string; document?: string } = {}) {
  const { born = '1980-04-12', document = '000012340427', ...rest } = more;
  return {
    person_id: randomUUID(),
    role: 'head',
    birth_date: born,
    documents: [{ type: 'national_id', number: document }],
    phones: phone === null ? [] : [{ number: phone, use: 'own' }],
    ...rest,
  } satisfies Member;
}

const withUse = (number: string, use: Use) => ({ phones: [{ number, use }] });

const HOUSEHOLDS: HouseholdInput[] = [
  {
    household_id: 'HH-900001',
    members: [member(OWN), member(SPOUSE, { role: 'member', born: '1985-01-01', document: '000055550909' })],
  },
  {
    household_id: 'HH-900003',
    members: [member(null, { document: '77', ...withUse(UNKNOWN_USE, 'unknown') })],
  },
  { household_id: 'HH-900004', members: [member(null, { document: '78', ...withUse(SHARED, 'shared') })] },
  { household_id: 'HH-900005', members: [member(TWO_FILES, { document: '000100000001' })] },
  { household_id: 'HH-900015', members: [member(TWO_FILES, { document: '000100000002' })] },
  {
    household_id: 'HH-900006',
    members: [
      member(TWO_ROLES, { document: '000100001111' }),
      member(TWO_ROLES, { role: 'nominee', born: '1990-02-02', document: '000100002222' }),
    ],
  },
  {
    household_id: 'HH-900007',
    members: [
      member(null, { document: '79' }),
      member(NOMINEE, { role: 'nominee', document: '000100003333' }),
    ],
  },
  {
    household_id: 'HH-900008',
    members: [
      member(null, { document: '80' }),
      member(YOUNG_NOMINEE, { role: 'nominee', born: '2008-11-23', document: '000100004444' }),
    ],
  },
  { household_id: 'HH-900009', members: [member(MINOR, { born: '2010-01-01', document: '000100005555' })] },
  {
    household_id: 'HH-900010',
    members: [
      member(null, { alive: false, document: '81' }),
      member(WIDOW, { role: 'member', document: '000100006666' }),
    ],
  },
  {
    household_id: 'HH-900011',
    members: [
      member(null, { document: '82' }),
      member(DEAD, { role: 'member', alive: false, document: '000100007777' }),
    ],
  },
  {
    household_id: 'HH-900012',
    members: [member(null, { document: '999988880001', ...withUse('+96170900012', 'shared') })],
  },
  { household_id: 'HH-900013', members: [member(null, { document: '999988887777' })] },
  { household_id: 'HH-900014', members: [member(null, { document: '999988887777' })] },
];

const RIGHT = { last4: '0427', year: '1980' };
const WRONG = { last4: '0428', year: '1980' };

let db: Database;
let keys: Keys;
let registry: Registry;
let drop: () => Promise<void>;
let ports: IdentityPorts;
let tasks: NewTask[];
let asked: string[];

/** The registry, with its questions written down. */
const listening = (inner: Registry): Registry =>
  Object.fromEntries(
    Object.entries(inner).map(([name, question]) => [
      name,
      (...args: unknown[]) => {
        asked.push(name);
        return (question as (...all: unknown[]) => unknown)(...args);
      },
    ]),
  ) as Registry;

function portsOf(asks: Registry): IdentityPorts {
  return identityPorts({
    profile,
    keys,
    registry: asks,
    createTask: (_tx, _keys, task) => {
      tasks.push(task);
      return Promise.resolve(task.promisedOn);
    },
  });
}

beforeAll(async () => {
  const fresh = await freshDatabase();
  ({ drop } = fresh);
  db = openDatabase(fresh.url);
  keys = await openKeys(db, { current: randomBytes(32) });
  const { rejected, warnings } = await importHouseholds(db, keys, HOUSEHOLDS);
  expect([rejected, warnings]).toEqual([[], []]);
  registry = localRegistry(db, keys);
});

afterAll(async () => {
  await db.close();
  await drop();
});

beforeEach(async () => {
  await db.query('delete from identity_lock');
  tasks = [];
  asked = [];
  ports = portsOf(listening(registry));
});

/** Contacts are keyed by phone, as contact rows are. */
const from = (phone: string, more: Asking = {}): Asking => ({
  phone,
  contact: keys.index('contact', phone),
  now: NOW,
  ...more,
});

const owner = (phone: string, more: Asking = {}) =>
  inTurn(db, from(phone, more), (turn) => ports.phoneOwner({}, turn));
const check = (phone: string, slots: Slots, more: Asking = {}) =>
  inTurn(db, from(phone, more), (turn) => ports.checkIdentity(slots, turn));
const document = (phone: string, slots: Slots, more: Asking = {}) =>
  inTurn(db, from(phone, more), (turn) => ports.checkDocument(slots, turn));

describe('whose phone this is', () => {
  it.each([
    ['her own', OWN, 'matched'],
    ['of unknown use', UNKNOWN_USE, 'matched'],
    ['not registered', STRANGER, 'unmatched'],
    ['shared', SHARED, 'shared'],
    ['of two files', TWO_FILES, 'shared'],
    ['of the head and a proxy', TWO_ROLES, 'roles'],
  ])('%s', async (_, phone, outcome) => {
    const { answer, identity } = await owner(phone);
    expect(answer).toEqual({ outcome });
    expect(identity).toBeNull();
  });

  it('is nobody’s when a chat user has none', async () => {
    const { answer } = await inTurn(db, { now: NOW }, (turn) => ports.phoneOwner({}, turn));
    expect(answer.outcome).toBe('unmatched');
  });

  it('is known without asking anybody when she has shown who she is', async () => {
    const identity = { level: '2', person: randomUUID(), household: randomUUID() } as const;
    expect((await owner(OWN, { identity })).answer.outcome).toBe('known');
    expect(asked).toEqual([]);
    expect((await owner(OWN, { identity: { ...identity, level: '1' } })).answer.outcome).toBe('matched');
  });

  it.each([
    ['her own', OWN, '1'],
    ['of unknown use', UNKNOWN_USE, '1'],
    ['shared', SHARED, undefined],
    ['of two files', TWO_FILES, undefined],
    ['not registered', STRANGER, undefined],
    ['of a minor', MINOR, undefined],
    ['of somebody recorded dead', DEAD, undefined],
  ])('by text message gives level 1 at most, and never asks: %s', async (_, phone, level) => {
    const { answer, identity } = await owner(phone, { channel: 'sms' });
    expect(answer).toEqual({ outcome: 'private' });
    expect(identity?.level).toBe(level);
  });

  it('by text message keeps a proxy a proxy', async () => {
    expect((await owner(NOMINEE, { channel: 'sms' })).identity).toMatchObject({ level: '1', proxy: true });
  });

  it('by text message gives no level while the file is locked', async () => {
    for (let i = 0; i < 3; i++) await check(OWN, WRONG);
    expect((await owner(SPOUSE, { channel: 'sms' })).identity).toBeNull();
  });
});

describe('last 4 digits and birth year', () => {
  it('give level 2', async () => {
    const { answer, identity } = await check(OWN, RIGHT);
    expect(answer).toEqual({ outcome: 'ok' });
    expect(identity).toEqual({
      level: '2',
      person: expect.any(String) as string,
      household: keys.index('household', 'HH-900001'),
    });
  });

  it.each([
    ['another ending', WRONG],
    ['another year', { last4: '0427', year: '1981' }],
    ['the ending of one person with the year of another', { last4: '0909', year: '1980' }],
    ['the details of a relative who has another phone', { last4: '0909', year: '1985' }],
    ['nothing', {}],
  ])('are not %s', async (_, slots) => {
    const { answer, identity } = await check(OWN, slots);
    expect(answer).toEqual({ outcome: 'nomatch', n: 2 });
    expect(identity).toBeNull();
  });

  it('are those of who says she is calling', async () => {
    const head = { last4: '1111', year: '1980' };
    expect((await check(TWO_ROLES, { ...head, who: 'proxy' })).answer.outcome).toBe('nomatch');
    expect((await check(TWO_ROLES, { ...head, who: 'head' })).answer.outcome).toBe('ok');
  });

  it('let a proxy see payments only', async () => {
    const slots = { last4: '3333', year: '1980' };
    const status = await check(NOMINEE, slots, { goal: 'status' });
    expect(status.answer.outcome).toBe('proxy');
    expect(status.identity).toMatchObject({ level: '2', proxy: true });
    expect((await check(NOMINEE, slots, { goal: 'update' })).answer.outcome).toBe('proxy');
    expect((await check(NOMINEE, slots, { goal: 'nextpayment' })).answer.outcome).toBe('ok');
  });

  it('refuse a proxy by the day of birth, until the day itself', async () => {
    const slots = { last4: '4444', year: '2008' };
    const before = await check(YOUNG_NOMINEE, slots);
    expect(before.answer.outcome).toBe('minor');
    expect(before.identity).toBeNull();
    const birthday = new Date('2026-11-23T10:00:00Z');
    expect((await check(YOUNG_NOMINEE, slots, { now: birthday })).answer.outcome).toBe('proxy');
  });

  it('show a minor nothing', async () => {
    const { answer, identity } = await check(MINOR, { last4: '5555', year: '2010' });
    expect(answer.outcome).toBe('minor');
    expect(identity).toBeNull();
  });

  it('say so when the head, or she herself, is recorded dead', async () => {
    const widow = await check(WIDOW, { last4: '6666', year: '1980' });
    expect(widow.answer.outcome).toBe('deceased');
    expect(widow.identity?.level).toBe('2');
    expect((await check(DEAD, { last4: '7777', year: '1980' })).answer.outcome).toBe('deceased');
  });

  it('open nothing on a shared phone', async () => {
    expect((await check(TWO_FILES, { last4: '0001', year: '1980' })).answer.outcome).toBe('nomatch');
  });
});

describe('lock-out', () => {
  it('closes phone and file at the third mismatch, with a task for an agent', async () => {
    const answers = [];
    for (let i = 0; i < 4; i++) answers.push((await check(OWN, WRONG)).answer);
    expect(answers).toEqual([
      { outcome: 'nomatch', n: 2 },
      { outcome: 'nomatch', n: 1 },
      { outcome: 'locked' },
      { outcome: 'locked' },
    ]);
    expect(tasks).toHaveLength(1);
    expect(tasks[0]).toMatchObject({
      kind: 'identity_locked',
      household: keys.index('household', 'HH-900001'),
      promisedOn: '2026-11-23',
    });
    expect((await check(OWN, RIGHT)).answer.outcome).toBe('locked');
    expect((await owner(OWN)).answer.outcome).toBe('locked');
    expect((await owner(SPOUSE)).answer.outcome).toBe('locked');
  });

  it('counts a file over all its phones', async () => {
    await check(OWN, WRONG);
    await check(SPOUSE, WRONG);
    expect((await check(SPOUSE, WRONG)).answer.outcome).toBe('locked');
    expect((await owner(OWN)).answer.outcome).toBe('locked');
  });

  it('ends after the hours of the profile, and old failures are forgiven', async () => {
    for (let i = 0; i < 3; i++) await check(OWN, WRONG);
    const almost = new Date(NOW.getTime() + 24 * HOUR - 1_000);
    const after = new Date(NOW.getTime() + 24 * HOUR);
    expect((await owner(OWN, { now: almost })).answer.outcome).toBe('locked');
    expect((await owner(OWN, { now: after })).answer.outcome).toBe('matched');
    expect((await check(OWN, WRONG, { now: after })).answer).toEqual({ outcome: 'nomatch', n: 2 });
  });

  it('forgets the failures of whoever gets it right', async () => {
    await check(OWN, WRONG);
    await check(OWN, WRONG);
    await check(OWN, RIGHT);
    expect((await check(OWN, WRONG)).answer).toEqual({ outcome: 'nomatch', n: 2 });
  });

  it('allows three tries in all, however many come at once', async () => {
    const phones = Array.from({ length: 8 }, (_, i) => (i % 2 === 0 ? OWN : SPOUSE));
    const tried = await Promise.all(phones.map((phone) => check(phone, WRONG)));
    const outcomes = tried.map(({ answer }) => answer.outcome);
    expect(outcomes.filter((outcome) => outcome === 'nomatch')).toHaveLength(2);
    expect(outcomes.filter((outcome) => outcome === 'locked')).toHaveLength(6);
    expect(tasks).toHaveLength(1);
  });

  it('lets no right answer through once three wrong ones were given at the same moment', async () => {
    await Promise.all([WRONG, WRONG, WRONG].map((slots) => check(OWN, slots)));
    const { answer, identity } = await check(OWN, RIGHT);
    expect([answer.outcome, identity]).toEqual(['locked', null]);
  });

  it('counts nothing when the turn is not stored', async () => {
    const failing = inTurn(db, from(OWN), async (turn) => {
      await ports.checkIdentity(WRONG, turn);
      throw new Error('the turn failed');
    });
    await expect(failing).rejects.toThrow('the turn failed');
    expect((await check(OWN, WRONG)).answer).toEqual({ outcome: 'nomatch', n: 2 });
  });
});

describe('all digits from a phone that is not registered', () => {
  const FULL = { document: '000012340427', year: '1980' };

  it('give level 2u, and the registered phone is told', async () => {
    const { answer, identity, notices } = await document(STRANGER, FULL);
    expect(answer).toEqual({ outcome: 'ok' });
    expect(identity).toMatchObject({ level: '2u', household: keys.index('household', 'HH-900001') });
    expect(notices).toEqual([
      {
        phone: OWN,
        text: 'sms.otherphone',
        values: { d: '2026-11-22' },
        kind: 'security',
        key: expect.stringMatching(/:otherphone$/) as string,
      },
    ]);
    expect((await db.query('select from identity_lock')).rowCount).toBe(0);
  });

  it('may be the family file number', async () => {
    expect((await document(STRANGER, { document: '900001', year: '1985' })).answer.outcome).toBe('ok');
  });

  it('warn no phone that others read', async () => {
    const { answer, notices } = await document(STRANGER, { document: '999988880001', year: '1980' });
    expect(answer.outcome).toBe('ok');
    expect(notices).toEqual([]);
  });

  it('say the same, and cost the same, whatever was wrong', async () => {
    for (let i = 0; i < 3; i++) await check(WIDOW, { last4: '0000', year: '1980' });
    const failures: Slots[] = [
      { document: '123456789012', year: '1980' },
      { document: '000012340427', year: '1981' },
      { document: '000100006666', year: '1980' },
      { document: '999988887777', year: '1980' },
      { document: '0427', year: '1980' },
    ];
    const learnt: (Did<unknown> & { asked: string[] })[] = [];
    for (const [i, slots] of failures.entries()) {
      asked = [];
      const { answer, identity, notices, statements } = await document(`+9617090010${i}`, slots);
      learnt.push({ answer, identity, notices, statements, asked });
    }
    expect(learnt).toEqual(
      failures.map(() => ({
        answer: { outcome: 'unknown' },
        identity: null,
        notices: [],
        statements: learnt[0]?.statements,
        asked: ['findByDocument', 'file'],
      })),
    );
  });

  it('lock only who asks, after five files in a day', async () => {
    const wrong = { document: '000012340427', year: '1999' };
    for (let i = 0; i < 5; i++) expect((await document(STRANGER, wrong)).answer.outcome).toBe('unknown');
    expect((await document(STRANGER, FULL)).answer.outcome).toBe('limit');
    expect((await owner(STRANGER)).answer.outcome).toBe('limit');
    expect((await check(OWN, RIGHT)).answer.outcome).toBe('ok');
    expect(tasks).toEqual([]);
    const tomorrow = new Date('2026-11-22T22:00:01Z');
    expect((await owner(STRANGER, { now: tomorrow })).answer.outcome).toBe('unmatched');
    expect((await document(STRANGER, FULL, { now: tomorrow })).answer.outcome).toBe('ok');
  });

  it('buy no new tries with one right answer', async () => {
    for (let i = 0; i < 4; i++) await document(STRANGER, { document: '000012340427', year: '1999' });
    await document(STRANGER, FULL);
    await document(STRANGER, { document: '000012340427', year: '1999' });
    expect((await owner(STRANGER)).answer.outcome).toBe('limit');
  });

  it('allow five in all, however many come at once', async () => {
    const tries = Array.from({ length: 9 }, () => document(STRANGER, { document: '55555', year: '1999' }));
    const outcomes = (await Promise.all(tries)).map(({ answer }) => answer.outcome);
    expect(outcomes.filter((outcome) => outcome === 'unknown')).toHaveLength(5);
    expect(outcomes.filter((outcome) => outcome === 'limit')).toHaveLength(4);
  });

  it('tell who it is when the head is recorded dead, and show a minor nothing', async () => {
    const widow = await document(STRANGER, { document: '000100006666', year: '1980' });
    expect([widow.answer.outcome, widow.identity?.level]).toEqual(['deceased', '2u']);
    const minor = await document(STRANGER, { document: '000100005555', year: '2010' });
    expect([minor.answer.outcome, minor.identity]).toEqual(['minor', null]);
  });
});

describe('a registry that does not answer', () => {
  const never = () => new Promise<never>(() => undefined);
  const down = () => Promise.reject(new RegistryUnavailable('down'));
  const broken = () => Promise.reject(new Error('a bug'));
  const all = (answer: () => Promise<never>): Registry => ({
    findByPhone: answer,
    findByDocument: answer,
    file: answer,
    enrolments: answer,
    payments: answer,
    registeredPhone: answer,
  });

  it('is "cannot tell", and counts against nobody', async () => {
    ports = portsOf(all(down));
    await expect(owner(OWN)).rejects.toThrow(CannotTell);
    await expect(check(OWN, WRONG)).rejects.toThrow(CannotTell);
    await expect(document(STRANGER, { document: '12345', year: '1980' })).rejects.toThrow(CannotTell);
    expect((await db.query('select from identity_lock')).rowCount).toBe(0);
  });

  it('is given up at 1.5 seconds, even one that heeds no signal', async () => {
    ports = portsOf(all(never));
    const start = performance.now();
    await expect(owner(OWN)).rejects.toThrow(CannotTell);
    const took = performance.now() - start;
    expect(took).toBeGreaterThan(1_400);
    expect(took).toBeLessThan(1_900);
  });

  it('gets one deadline for all its questions in a turn', async () => {
    const slow: Registry = {
      ...all(never),
      findByPhone: (phone, query) => sleep(1_000).then(() => registry.findByPhone(phone, query)),
    };
    ports = portsOf(slow);
    const start = performance.now();
    await expect(check(OWN, RIGHT)).rejects.toThrow(CannotTell);
    expect(performance.now() - start).toBeLessThan(1_900);
  });

  it('is not a bug, which fails the turn', async () => {
    ports = portsOf(all(broken));
    await expect(owner(OWN)).rejects.toThrow('a bug');
  });

  it('has the request kept, whoever asks', async () => {
    ports = portsOf(all(down));
    const { answer } = await inTurn(db, from(STRANGER), (turn) =>
      ports.keepRequest({ goal: 'status' }, turn),
    );
    expect(answer).toEqual({ d: '2026-11-23' });
    await inTurn(db, from(STRANGER, { goal: 'nextpayment' }), (turn) => ports.keepRequest({}, turn));
    expect(tasks.map(({ kind, about, household }) => [kind, about, household])).toEqual([
      ['kept_request', 'status', null],
      ['kept_request', 'payment', null],
    ]);
  });
});
