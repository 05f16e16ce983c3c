/** Uruguay, SIIAS: what systems.md §2.8 says works, through the real callback. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { personCard } from '../../src/desk/card.ts';
import { readLocales } from '../../src/locales.ts';
import { createNotifier } from '../../src/notifications/notify.ts';
import { readAudit } from '../../src/privacy/audit.ts';
import { addWorkingDays } from '../../src/profiles/calendar.ts';
import { tellAwards } from '../../src/registry/awards.ts';
import { RegistryUnavailable } from '../../src/registry/registry.ts';
import { createTexts } from '../../src/render/texts.ts';
import type { Staff } from '../../src/staff/roles.ts';
import { keepTranscript, openCountry, referenceIn, type Country, type Talk } from './support.ts';

let uruguay: Country;
let isDown = false;

beforeAll(async () => {
  uruguay = await openCountry('uruguay-siias', {
    registry: (real) => ({
      ...real,
      enrolments: (household, query) =>
        isDown ? Promise.reject(new RegistryUnavailable('down')) : real.enrolments(household, query),
    }),
  });
});
afterAll(() => uruguay.stop());

const phone = (number: number) => uruguay.phone(`+5989900000${number}`);
const RECORD = ['4', '3', '1'];
const householdOf = (id: string) => uruguay.service.service.deployment.keys.index('household', id);

/** All pages of the screen she reads. */
async function wholeOf(talk: Talk, first: string): Promise<string> {
  const pages = [first];
  while (pages.at(-1)?.includes('9.')) pages.push(await talk.type('9'));
  return pages.join('\n');
}

async function matterOf(reference: string): Promise<string | null> {
  const { rows } = await uruguay.db.query<{ matter: string | null }>(
    'select matter from grievance where reference = $1',
    [reference],
  );
  return rows[0]?.matter ?? null;
}

test('U1 "my record" lists each benefit with its institution and dates at once, and the request is in the log', async () => {
  const ana = phone(1);
  const read = await wholeOf(ana, await ana.dial(...RECORD, '3452', '1984'));
  expect(read.split('\n')).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^Tarjeta Social \(MIDES\): .*, desde 01\/03\/2021$/),
      expect.stringMatching(/^Asignaciones \(BPS\): .*, desde 15\/06\/2019$/),
      'Uruguay Trabaja (MIDES): del 01/04/2017 al 31/01/2018',
      `Esto es todo lo que figura al ${uruguay.date(0)}. Queda anotado su pedido.`,
    ]),
  );
  const logged = await readAudit(uruguay.db, { action: 'record_requested', limit: 5 });
  expect(logged).toMatchObject([
    {
      actor: 'citizen',
      subject: `household:${householdOf('UY-1')}`,
      purpose: 'subject_access',
      at: uruguay.now(),
      details: { channel: 'ussd', benefits: 3 },
    },
  ]);
  keepTranscript('uruguay-siias', ana);
});

test('U1 while the registry is away the request is kept, to be answered within the five days of the law', async () => {
  isDown = true;
  const screen = await phone(4).dial(...RECORD, '3807', '1966');
  isDown = false;
  const [, day, month, year] = /(\d\d)\/(\d\d)\/(\d{4})/.exec(screen) ?? [];
  const { calendar } = uruguay.profile;
  const term = addWorkingDays(uruguay.now(), 5, calendar);
  expect(`${year ?? ''}-${month ?? ''}-${day ?? ''}` <= term).toBe(true);
  const { rows } = await uruguay.db.query("select about from task where kind = 'kept_request'");
  expect(rows).toEqual([{ about: 'status' }]);
});

test('U1 another phone reads no date of hers, and is not in the record', async () => {
  const stranger = phone(88);
  const screen = await stranger.dial(...RECORD, '1', '30123452', '1984');
  expect(screen).not.toMatch(/MIDES|BPS|2021/);
  expect(await readAudit(uruguay.db, { action: 'record_requested', limit: 5 })).toHaveLength(1);
});

test('U2 what is wrong in it opens a case at the institution that owns it', async () => {
  const ana = phone(1);
  await ana.dial(...RECORD, '3452', '1984');
  const which = await ana.type('1');
  const key = which.split('\n').find((line) => line.includes('Asignaciones'))?.[0] ?? '';
  const screen = await ana.type(key, '2', 'Mi hija ya tiene 18');
  expect(screen).toContain('Enviado a BPS.');
  const reference = referenceIn(screen);
  expect(await uruguay.case(reference)).toMatchObject({
    kind: 'update',
    category: 'DAT',
    programme: 'AFAM',
    route: 'BPS',
  });
  expect(await matterOf(reference)).toBe('change:record');
});

test('U3 what is given automatically is told once, by name and with the way to refuse it', async () => {
  const { db, keys, profile } = uruguay.service.service.deployment;
  const texts = createTexts(readLocales(), profile, () => true);
  const deps = { db, keys, profile, notifier: createNotifier({ keys, texts, profile, now: uruguay.now }) };
  await tellAwards({ ...deps, now: uruguay.now });
  await tellAwards({ ...deps, now: uruguay.now });
  expect(await phone(2).inbox()).toEqual([
    'SIIAS: ahora recibe Tarifa social agua sin haberlo pedido. Si no lo quiere, llame a *7263#, luego 1. Gratis.',
  ]);
  expect(await phone(3).inbox()).toEqual([]);
});

test('U3 who refuses it opens a case at the institution, and nothing changes before people check', async () => {
  const laura = phone(2);
  await laura.dial('1', '6907', '1979');
  expect(await laura.type('1')).toContain('Puede rechazarlo, gratis.');
  const screen = await laura.type('2', '1');
  expect(screen).toContain('Enviado a OSE.');
  const reference = referenceIn(screen);
  expect(await uruguay.case(reference)).toMatchObject({ kind: 'update', route: 'OSE' });
  expect(await matterOf(reference)).toBe('change:refuse');
});

test('U4 every look of staff at her record is in the log with user, time and purpose', async () => {
  const { db, keys } = uruguay.service.service.deployment;
  const household = householdOf('UY-1');
  const looked = [
    { by: staff('1', ['agent']), at: uruguay.now() },
    { by: staff('2', ['case_officer']), at: new Date(uruguay.now().getTime() + 60_000) },
  ];
  for (const look of looked) expect(await personCard({ db, keys }, { household, ...look })).toBeDefined();
  const logged = await readAudit(db, {
    subject: `household:${household}`,
    action: 'person_viewed',
    limit: 5,
  });
  expect(logged.reverse().map(({ actor, at, purpose }) => ({ actor, at, purpose }))).toEqual(
    looked.map(({ by, at }) => ({ actor: by.key, at, purpose: 'work_case' })),
  );
});

function staff(number: string, roles: Staff['roles']): Staff {
  return {
    key: `00000000-0000-4000-8000-00000000000${number}`,
    name: 'Staff',
    email: `staff${number}@countries.test`,
    roles,
    units: null,
    area: null,
    language: 'en',
  };
}
