/** Where a file stands, as it is told (dialogs.md D3): every status, on every kind of phone, in every language. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { status as flow } from '../../flows/status.ts';
import type { Facts, Slots } from '../../src/conversation/dialog.ts';
import type { TurnContext } from '../../src/conversation/ports.ts';
import { CannotTell, send, start, type Stop } from '../../src/conversation/run.ts';
import type { Identity } from '../../src/conversation/session.ts';
import { openKeys, type Keys } from '../../src/privacy/keys.ts';
import { loadProfile, type Profile } from '../../src/profiles/profile.ts';
import { importHouseholds } from '../../src/registry/import.ts';
import { informationPorts } from '../../src/registry/information-ports.ts';
import { localRegistry } from '../../src/registry/local.ts';
import {
  ENROLMENT_STATUSES,
  RegistryUnavailable,
  type Enrolment,
  type Registry,
} from '../../src/registry/registry.ts';
import { factsOf, undisclosedFactsOf } from '../../src/registry/status-facts.ts';
import { statusPorts, type StatusPorts } from '../../src/registry/status-ports.ts';
import { createTexts } from '../../src/render/texts.ts';
import { openDatabase, type Database } from '../../src/store/database.ts';
import { freshDatabase } from '../support/postgres.ts';
import { inTurn, type Asking } from '../support/turn.ts';

const NOW = new Date('2026-11-22T10:00:00Z');
const LANGUAGES = ['ar', 'en', 'fr'] as const;
const profilesDir = fileURLToPath(new URL('../../profiles', import.meta.url));
const demo = loadProfile('demo', profilesDir);
const lebanon = loadProfile('lebanon-daem', profilesDir);
const locales = Object.fromEntries(
  LANGUAGES.map((language) => [
    language,
    JSON.parse(readFileSync(new URL(`../../locales/${language}.json`, import.meta.url), 'utf8')) as Record<
      string,
      string
    >,
  ]),
);
const texts = createTexts(locales, demo, () => true);

const PHONE = '+96170910001';
const UNKNOWN_USE = '+96170910002';

let db: Database;
let keys: Keys;
let local: Registry;
let drop: () => Promise<void>;
let consent: 'unasked' | 'full' | 'discreet' | 'none';
let unmapped: string[];

beforeAll(async () => {
  const fresh = await freshDatabase();
  ({ drop } = fresh);
  db = openDatabase(fresh.url);
  keys = await openKeys(db, { current: randomBytes(32) });
  const head = (person: string, number: string, use: 'own' | 'unknown') => ({
    person_id: person,
    role: 'head',
    birth_date: '1980-04-12',
    documents: [{ type: 'national_id', number: '000012340427' }],
    phones: [{ number, use }],
  });
  const active = {
    status: 'active',
    since: '2024-01-01',
    status_date: '2026-11-01',
    next_date: '2026-12-01',
  };
  const { rejected } = await importHouseholds(db, keys, [
    {
      household_id: 'HH-910001',
      area: 'BEY-03',
      members: [head('P-1', PHONE, 'own')],
      enrolments: [{ programme: 'CASH', ...active }],
    },
    {
      household_id: 'HH-910002',
      area: 'AKK-01',
      members: [head('P-2', UNKNOWN_USE, 'unknown')],
      enrolments: [
        { programme: 'CASH', ...active },
        { programme: 'SCHOOL', status: 'dossier perdu', since: '2026-01-01' },
      ],
    },
    { household_id: 'HH-910003', members: [head('P-3', '+96170910003', 'own')] },
  ]);
  expect(rejected).toEqual([]);
  local = localRegistry(db, keys);
});

afterAll(async () => {
  await db.close();
  await drop();
});

beforeEach(() => {
  consent = 'full';
  unmapped = [];
});

function portsOf(registry: Registry = local, profile: Profile = demo): StatusPorts {
  return statusPorts({
    profile,
    registry,
    consentOf: () => Promise.resolve(consent),
    unmapped: (kind) => unmapped.push(kind),
  });
}

function as(number: 1 | 2 | 3, level: Identity['level'], more: Partial<Identity> = {}): Identity {
  return {
    level,
    person: keys.index('person', `HH-91000${number}\0P-${number}`),
    household: keys.index('household', `HH-91000${number}`),
    ...more,
  };
}

const ask = <T>(asking: Asking, question: (turn: TurnContext) => Promise<T>) =>
  inTurn(db, { now: NOW, phone: PHONE, ...asking }, question);
const enrolments = (asking: Asking, ports = portsOf(), slots: Slots = {}) =>
  ask(asking, (turn) => ports.enrolments(slots, turn));

function enrolment(more: Partial<Enrolment> = {}): Enrolment {
  return {
    programme: 'CASH',
    status: 'active',
    since: null,
    statusDate: null,
    reason: null,
    nextDate: null,
    reviewDue: null,
    ...more,
  };
}

describe('the answer', () => {
  it('is the one programme with its facts', async () => {
    const { answer } = await enrolments({ identity: as(1, '2') });
    expect(answer).toEqual({
      outcome: 'one',
      programme: 'CASH',
      prog: 'CASH',
      st: 'active',
      status: 'active',
      d: '2026-12-01',
      why: 'other',
      doc: 'other',
      place: { ar: 'بريد بيروت', en: 'Beirut post office', fr: 'Poste de Beyrouth' },
    });
  });

  it('is a list of several, each then read by itself; a word nobody mapped is "being checked" and counted', async () => {
    const identity = as(2, '2');
    const { answer } = await enrolments({ identity });
    expect(answer).toEqual({
      outcome: 'many',
      programmes: [
        { id: 'SCHOOL', status: 'unknown' },
        { id: 'CASH', status: 'active' },
      ],
    });
    expect(unmapped).toEqual(['enrolment']);
    const school = await ask({ identity }, (turn) => portsOf().enrolment({ programme: 'SCHOOL' }, turn));
    expect(school.answer).toMatchObject({ outcome: 'one', prog: 'SCHOOL', st: 'unknown', status: 'unknown' });
    const gone = await ask({ identity }, (turn) => portsOf().enrolment({ programme: 'OTHER' }, turn));
    expect(gone.answer).toEqual({ outcome: 'none' });
  });

  it('is none, which is no refusal', async () => {
    expect((await enrolments({ identity: as(3, '2') })).answer).toEqual({ outcome: 'none' });
  });

  it('is not for proxies, and fails the turn without identity', async () => {
    const proxy = await enrolments({ identity: as(1, '2', { proxy: true }) });
    expect(proxy.answer).toEqual({ outcome: 'proxy' });
    await expect(enrolments({ identity: null })).rejects.toThrow('without identity');
    await expect(enrolments({ identity: as(1, '1') })).rejects.toThrow('without identity');
  });

  it('is "cannot tell" when the registry is down', async () => {
    const down = { ...local, enrolments: () => Promise.reject(new RegistryUnavailable('down')) };
    await expect(enrolments({ identity: as(1, '2') }, portsOf(down))).rejects.toThrow(CannotTell);
  });

  it('shows a status that the programme does not have as "being checked"', async () => {
    const narrow = {
      ...demo,
      programmes: { CASH: { ...demo.programmes['CASH'], statuses: ['received'], exclusive_with: [] } },
    } as unknown as Profile;
    const { answer } = await enrolments({ identity: as(1, '2') }, portsOf(local, narrow));
    expect(answer).toMatchObject({ st: 'unknown', status: 'unknown' });
    expect(unmapped).toEqual(['enrolment']);
  });
});

describe('two programmes that exclude each other', () => {
  const of = (...list: Enrolment[]) =>
    portsOf({ ...local, enrolments: () => Promise.resolve(list) }, lebanon);
  const old = enrolment({ programme: 'NPTP', status: 'migrated', since: '2019-01-01' });

  it('are told as the newer one', async () => {
    const newer = enrolment({ programme: 'ESSN', since: '2024-01-01' });
    for (const list of [
      [old, newer],
      [newer, old],
    ]) {
      const { answer } = await enrolments({ identity: as(1, '2') }, of(...list));
      expect(answer).toMatchObject({ outcome: 'one', prog: 'ESSN', st: 'active' });
    }
  });

  it('are told as moved where only the old one is on file', async () => {
    const { answer } = await enrolments({ identity: as(1, '2') }, of(old));
    expect(answer).toMatchObject({ outcome: 'one', prog: 'NPTP', st: 'migrated', newprog: 'ESSN' });
  });
});

describe('by text message', () => {
  const sms = { channel: 'sms' } as const;

  it('tells programme and status, nothing more, to who agreed to full messages', async () => {
    const { answer } = await enrolments({ ...sms, identity: as(1, '1') });
    expect(answer).toEqual({ outcome: 'text', programme: 'CASH', prog: 'CASH', st: 'active' });
    for (const language of LANGUAGES)
      expect(texts.text(language, 'sms.status', { facts: answer })).toBeTruthy();
  });

  it.each(['unasked', 'discreet', 'none'] as const)('tells nothing with consent %s', async (given) => {
    consent = given;
    expect((await enrolments({ ...sms, identity: as(1, '1') })).answer).toEqual({ outcome: 'private' });
  });

  it('tells nothing to an unknown phone, a proxy, or where the profile is discreet', async () => {
    const discreet = { ...demo, privacy: { ...demo.privacy, sms_detail: 'discreet' as const } };
    expect((await enrolments({ ...sms, identity: null })).answer).toEqual({ outcome: 'private' });
    const proxy = as(1, '1', { proxy: true });
    expect((await enrolments({ ...sms, identity: proxy })).answer).toEqual({ outcome: 'private' });
    const strict = await enrolments({ ...sms, identity: as(1, '1') }, portsOf(local, discreet));
    expect(strict.answer).toEqual({ outcome: 'private' });
  });
});

describe('send it by SMS', () => {
  const sent = async (asking: Asking, slots: Slots = {}) => {
    const { answer, notices } = await ask(asking, (turn) => portsOf().statusBySms(slots, turn));
    return [answer.outcome, ...notices.map(({ text, values, kind }) => ({ text, values, kind }))];
  };
  const full = { text: 'sms.status', values: { prog: 'CASH', st: 'active' }, kind: 'answer' };
  const discreet = { text: 'sms.pay.discreet', values: {}, kind: 'answer' };

  it('sends what she asked for', async () => {
    expect(await sent({ identity: as(1, '2') })).toEqual(['sent', full]);
    consent = 'unasked';
    expect(await sent({ identity: as(1, '2') })).toEqual(['sent', full]);
  });

  it('sends a discreet one where she wished so, or others may read it', async () => {
    const unknownUse = { phone: UNKNOWN_USE, identity: as(2, '2') };
    expect(await sent(unknownUse, { programme: 'CASH' })).toEqual(['sent', discreet]);
    consent = 'discreet';
    expect(await sent({ identity: as(1, '2') })).toEqual(['sent', discreet]);
  });

  it('sends nothing to who wants none, or to a phone that is not hers', async () => {
    expect(await sent({ identity: as(1, '2u'), phone: '+96170999999' })).toEqual(['refused']);
    expect(await sent({ identity: as(1, '2'), phone: null })).toEqual(['refused']);
    consent = 'none';
    expect(await sent({ identity: as(1, '2') })).toEqual(['refused']);
  });
});

describe('dates', () => {
  const told = (more: Partial<Enrolment>) =>
    factsOf(enrolment(more), { profile: demo, now: NOW, area: null });

  it.each([
    ['received', { since: '2026-01-02', statusDate: '2026-03-04' }, { status: 'received', d: '2026-01-02' }],
    ['received', { statusDate: '2026-03-04' }, { status: 'received', d: '2026-03-04' }],
    ['received', {}, { status: 'unknown' }],
    ['review', { nextDate: '2026-12-24' }, { status: 'review', d: '2026-12-24' }],
    ['review', { nextDate: '2026-11-21' }, { status: 'review', d: '2026-11-27' }],
    ['visit', {}, { status: 'visit', d: '2026-11-27' }],
    ['incomplete', {}, { status: 'incomplete', d: '2026-11-27' }],
    ['posted', { statusDate: '2026-11-02' }, { status: 'posted', d: '2026-12-02' }],
    ['active', { nextDate: '2026-11-22' }, { status: 'active', d: '2026-11-22' }],
    ['active', { nextDate: '2026-11-21' }, { status: 'activeundated' }],
    ['approved', {}, { status: 'approvedundated' }],
    ['noteligible', { statusDate: '2026-11-02' }, { status: 'noteligible', d: '2026-12-02' }],
    ['noteligible', {}, { status: 'noteligible', d: '2026-12-22' }],
    ['update', { reviewDue: '2026-12-05' }, { status: 'update', d: '2026-12-05' }],
    ['update', { statusDate: '2025-01-31' }, { status: 'update', d: '2027-01-31' }],
    ['update', {}, { status: 'updateundated' }],
    ['blocked', { nextDate: '2026-12-05' }, { status: 'blocked', d: '2026-12-05' }],
    ['blocked', { nextDate: '2025-12-05' }, { status: 'blockedundated' }],
    ['ended', { statusDate: '2026-11-02' }, { status: 'ended', d: '2026-11-02', d2: '2026-12-02' }],
    ['ended', {}, { status: 'endedundated' }],
    ['appeal', { statusDate: '2026-11-02' }, { status: 'appeal', d: '2026-12-02' }],
    ['appeal', { statusDate: '2026-01-02' }, { status: 'appeal', d: '2026-11-27' }],
  ] as const)('of %s with %j are true or not told', (status, dates, expected) => {
    const facts = told({ status, ...dates });
    expect(facts).toMatchObject(expected);
    if (!('d' in expected)) expect(facts).not.toHaveProperty('d');
  });

  it('and reasons: a code, or "an agent will explain"; never what an officer wrote', () => {
    expect(told({ reason: ' Income ' })).toMatchObject({ why: 'income' });
    expect(told({ reason: 'Neighbour says she works' })).toMatchObject({ why: 'other', doc: 'other' });
    expect(told({ status: 'incomplete', reason: 'national_id' })).toMatchObject({ doc: 'national_id' });
  });
});

const isoDate = fc
  .date({ min: new Date('2020-01-01'), max: new Date('2030-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));
const anyEnrolment = fc.record({
  programme: fc.constantFrom('CASH', 'SCHOOL', 'GONE'),
  status: fc.constantFrom(...ENROLMENT_STATUSES, 'unknown' as const),
  since: fc.option(isoDate),
  statusDate: fc.option(isoDate),
  reason: fc.option(fc.constantFrom('income', 'documents', 'R-17', 'toString')),
  nextDate: fc.option(isoDate),
  reviewDue: fc.option(isoDate),
});

/** Goes through the dialog as she would: what it is, what next, and why. */
async function walk(facts: Facts): Promise<{ stop: Stop; words: string[] }> {
  const words: string[] = [];
  const answer = () => Promise.resolve(facts);
  const say = (stop: Stop) => {
    if (stop.over) return;
    const { screen, place } = stop;
    for (const language of LANGUAGES) {
      words.push(texts.text(language, screen.text, place.context));
      for (const { id } of screen.choices ?? [])
        words.push(texts.text(language, `${screen.text}.${id}`, place.context));
    }
  };
  let stop = await start(flow, {}, answer);
  say(stop);
  if (!stop.over) stop = await send(flow, stop.place, { type: 'choose.next' }, answer);
  say(stop);
  if (!stop.over && stop.screen.choices?.some(({ id }) => id === 'why'))
    say(await send(flow, stop.place, { type: 'choose.why' }, answer));
  return { stop, words };
}

describe('every enrolment', () => {
  it('has words in every language', async () => {
    await fc.assert(
      fc.asyncProperty(anyEnrolment, async (one) => {
        const facts = factsOf(one, { profile: demo, now: NOW, area: 'BEY-1' });
        const { stop, words } = await walk({ ...facts, outcome: 'one' });
        expect(stop.over).toBe(false);
        expect(words.every((text) => text !== '' && !text.includes('{{'))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('shows no date, amount or place on a phone that is not registered', async () => {
    await fc.assert(
      fc.asyncProperty(anyEnrolment, async (one) => {
        const facts = undisclosedFactsOf(one);
        expect(Object.keys(facts).sort()).toEqual(['prog', 'st', 'status', 'why']);
        const { words } = await walk({ ...facts, outcome: 'one' });
        expect(words.join('\n')).not.toMatch(/\d/u);
      }),
      { numRuns: 300 },
    );
  });

  it('is read from the registry on such a phone without asking where she lives', async () => {
    const registry = { ...local, file: () => Promise.reject(new Error('not needed')) };
    const { answer } = await enrolments({ identity: as(1, '2u') }, portsOf(registry));
    expect(answer).toEqual({
      outcome: 'one',
      programme: 'CASH',
      prog: 'CASH',
      st: 'active',
      why: 'other',
      status: 'undisclosed',
    });
  });
});

describe('information', () => {
  const facts = (profile: Profile, slots: Slots = {}) => {
    const ports = informationPorts({
      profile,
      registry: local,
      consentOf: () => Promise.resolve(consent),
      words: (language) => language,
    });
    return ask({}, async (turn) => [await ports.programmes({}, turn), await ports.information(slots, turn)]);
  };

  it('is of the programmes that can be joined', async () => {
    const { answer } = await facts(demo, { programme: 'SCHOOL' });
    expect(answer[0]).toEqual({ outcome: 'many', programmes: [{ id: 'CASH' }, { id: 'SCHOOL' }] });
    expect(answer[1]).toMatchObject({
      outcome: 'open',
      prog: 'SCHOOL',
      crit: 'SCHOOL',
      h1: '08:00',
      h2: '16:00',
    });
    for (const language of LANGUAGES)
      expect(texts.text(language, 'inf.who', { facts: answer[1] as Facts })).not.toContain('{{');
  });

  it('leaves out what is closing, and says when registration is closed', async () => {
    const listed = (await facts(lebanon)).answer[0] as { programmes: { id: string }[] };
    expect(listed.programmes.map(({ id }) => id)).not.toContain('NPTP');
    const { answer } = await facts({ ...demo, registration_open: false });
    expect(answer[1]).toMatchObject({ outcome: 'closed', prog: 'CASH' });
  });
});
