/** Brazil, Cadastro Único and Bolsa Familia: what systems.md §2.4 says works, through the real callback. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DateTime } from 'luxon';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { remindOfUpdates } from '../../src/campaigns/reminders.ts';
import { runCampaigns } from '../../src/campaigns/run.ts';
import { search, searchLimiter } from '../../src/desk/search.ts';
import { readLocales } from '../../src/locales.ts';
import { createNotifier } from '../../src/notifications/notify.ts';
import { profilesDir } from '../../src/paths.ts';
import { deskRegistry } from '../../src/registry/desk.ts';
import { createTexts } from '../../src/render/texts.ts';
import type { Staff } from '../../src/staff/roles.ts';
import { keepTranscript, openCountry, type Country } from './support.ts';

let brazil: Country;
/** Of the month of the test and the next two, since a profile names the months of its year. */
let months: string[];

beforeAll(async () => {
  const now = DateTime.now().setZone('America/Sao_Paulo').minus({ days: 7 }).startOf('month');
  months = [0, 1, 2].map((add) => now.plus({ months: add }).toFormat('yyyy-MM'));
  const digits = (month: string) =>
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 0].map((digit, at) => `'${digit}': ${month}-${16 + at}`).join(', ');
  const text = readFileSync(path.join(profilesDir, 'brazil-cadunico.yaml'), 'utf8');
  const calendar = months.map((month) => `    '${month}': { ${digits(month)} }`).join('\n');
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'wasl-brazil-')), 'brazil.yaml');
  writeFileSync(file, text.replace(/(?<= {2}months:[^\n]*\n)[^]*?(?=\n#)/, calendar));
  brazil = await openCountry('brazil-cadunico', {}, file);
});
afterAll(() => brazil.stop());

/** A family with one person who answers for it, known by the last four digits of her NIS and 1980. */
function family(id: string, phone: string, nis: string, more: object = {}): object {
  return {
    household_id: id,
    area: 'SP-01',
    members: [
      {
        person_id: id,
        role: 'head',
        given_name: 'Joana',
        family_name: 'Silva',
        birth_date: '1980-01-01',
        documents: [
          { type: 'cpf', number: '52998224725' },
          { type: 'nis', number: nis },
        ],
        phones: [{ number: phone, use: 'own' }],
        language: 'pt',
      },
    ],
    enrolments: [{ programme: 'BOLSA', status: 'ativo', since: '2023-02-01' }],
    payments: [],
    ...more,
  };
}

/** What the service does each hour, at the time of the test. */
async function remind(): Promise<void> {
  const { db, keys, profile } = brazil.service.service.deployment;
  const texts = createTexts(readLocales(), profile, () => true);
  const notifier = createNotifier({ keys, texts, profile, now: brazil.now });
  const deps = { db, keys, profile, texts, notifier, now: brazil.now };
  await remindOfUpdates(deps);
  await runCampaigns(deps);
}

test('B1 a family is warned 90, 60 and 30 days before 24 months; "update" shows from then to the day, never after', async () => {
  const phone = '+5511990000001';
  const day = (days: number) =>
    DateTime.fromJSDate(brazil.today, { zone: brazil.profile.calendar.tz }).plus({ days });
  const interview = day(100).minus({ months: 24 }).toISODate() ?? '';
  // A short February can move the day by one.
  const due = Math.round(
    DateTime.fromISO(interview, { zone: brazil.profile.calendar.tz })
      .plus({ months: 24 })
      .diff(day(0).startOf('day'), 'days').days,
  );
  await brazil.service.importHouseholds(
    family('BR-1', phone, '12300010013', {
      enrolments: [{ programme: 'BOLSA', status: 'ativo', since: '2020-01-01', last_interview: interview }],
    }),
  );
  const warnings = async () =>
    (await brazil.phone(phone).inbox()).filter((text) =>
      text.includes(`dados da casa até ${brazil.date(due)}`),
    ).length;
  const status = () => brazil.phone(phone).dial('1', '0013', '1980');
  await remind();
  expect(await warnings()).toBe(0);
  brazil.setDay(due - 91);
  await remind();
  expect(await warnings()).toBe(0);
  expect(await status()).toContain('Bolsa Familia: Ativo');
  for (const [at, days] of [90, 60, 30].entries()) {
    brazil.setDay(due - days);
    await remind();
    await remind();
    expect(await warnings()).toBe(at + 1);
  }
  brazil.setDay(due, '23:50');
  await remind();
  expect(await warnings()).toBe(3);
  const caller = brazil.phone(phone);
  expect(await caller.dial('1', '0013', '1980')).toContain('Bolsa Familia: Falta atualizar');
  expect(await caller.type('1')).toContain(`Confirme os dados da casa até ${brazil.date(due)}`);
  brazil.setDay(due + 1);
  expect(await status()).toContain('Bolsa Familia: Ativo');
  brazil.setDay(0);
});

test('B2 two sisters of one name and of different mothers stay two persons for the agent', async () => {
  const { db, keys } = brazil.service.service.deployment;
  const registry = deskRegistry(db, keys);
  const agent: Staff = {
    key: '00000000-0000-4000-8000-0000000000ab',
    name: 'Agent',
    email: 'agent@brazil.test',
    roles: ['agent'],
    units: null,
    area: null,
    language: 'en',
  };
  const found = await search(
    { db, keys, registry, country: 'BR', places: [], limiter: searchLimiter() },
    { query: 'Maria Souza', by: agent, at: brazil.now() },
  );
  const sisters = found.ok ? found.results.flatMap((one) => (one.kind === 'person' ? [one] : [])) : [];
  expect(new Set(sisters.map(({ person }) => person)).size).toBe(2);
  const card = await registry.card(sisters[0]?.household ?? '');
  const shown = card?.members.filter(({ person }) => sisters.some((one) => one.person === person));
  expect(shown?.map(({ given_name, mother }) => [given_name, mother])).toEqual([
    ['Maria', 'Ana Pereira'],
    ['Maria', 'Rita Gomes'],
  ]);
});

test('B3 "blocked" says that the local office updates the file, and until when', async () => {
  const ana = brazil.phone('+5511990000002');
  expect(await ana.dial('1', '0094', '1985')).toContain('Bolsa Familia: Bloqueado');
  const screen = await ana.type('1');
  expect(screen).toContain('Pagamento bloqueado: cadastro com mais de 24 meses. Atualize o cadastro');
  expect(screen).toContain('CRAS Sé');
  keepTranscript('brazil-cadunico', ana);
  // Without a day the fix is told at once.
  const carla = await brazil.phone('+5511990000005').dial('1', '0066', '1991', '1');
  expect(carla).toContain('cadastro com mais de 24 meses. Leve documento e CPF');
});

test('B3 "suspended" says which condition, and speaks of no update', async () => {
  const rosa = brazil.phone('+5511990000003');
  expect(await rosa.dial('1', '0065', '1986')).toContain('Bolsa Familia: Suspenso');
  const screen = await rosa.type('1');
  expect(screen).toContain('Pagamento suspenso: faltas na escola acima do limite.');
  expect(screen).not.toMatch(/atuali|CRAS/iu);
});

test.each([
  ['12300010013', '3', 18],
  ['12300070040', '0', 25],
  ['12300080089', '9', 24],
])('B4 the pay day of NIS %s is that of digit %s in the table', async (nis, digit, day) => {
  const phone = `+55119900001${digit}0`;
  const [, month = ''] = months;
  await brazil.service.importHouseholds(
    family(`BR-1${digit}`, phone, nis, {
      payments: [
        { payment_ref: `P-${digit}`, programme: 'BOLSA', period: month, amount: 600, status: 'scheduled' },
      ],
    }),
  );
  const caller = brazil.phone(phone);
  const [year = '', number = ''] = month.split('-');
  const date = `${day}/${number}/${year}`;
  expect(await caller.dial('2', '1', nis.slice(-4), '1980')).toContain(
    `Próximo pagamento por volta de ${date}`,
  );
});

test('B4 who is active reads the next pay day of the table', async () => {
  const [month = '', following = ''] = months;
  const jose = brazil.phone('+5511990000004');
  const today = DateTime.fromJSDate(brazil.today).setZone('America/Sao_Paulo').toISODate() ?? '';
  const next = `${month}-21` >= today ? `${month}-21` : `${following}-21`;
  expect(await jose.dial('1', '0036', '1960', '1')).toContain(next.split('-').reverse().join('/'));
});

test('a slip of the finger in a NIS is found before anybody is asked about it', async () => {
  const stranger = brazil.phone('+5511990000099');
  expect(await stranger.dial('1', '1', '12300020095')).not.toContain('ANO');
  expect(await stranger.dial('1', '1', '12300020094')).toMatch(/nasc/iu);
});
