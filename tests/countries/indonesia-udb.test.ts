/** Indonesia, UDB: what systems.md §2.6 says works, through the real callback, over two databases. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { approveCampaign, makeCampaign } from '../../src/campaigns/deeds.ts';
import { runCampaigns } from '../../src/campaigns/run.ts';
import { caseDetail } from '../../src/grievances/case-detail.ts';
import { decideCase } from '../../src/grievances/decide.ts';
import { finishTask, listTasks } from '../../src/grievances/tasks-work.ts';
import { readLocales } from '../../src/locales.ts';
import { createNotifier } from '../../src/notifications/notify.ts';
import { profilesDir } from '../../src/paths.ts';
import { localRegistry } from '../../src/registry/local.ts';
import { createTexts } from '../../src/render/texts.ts';
import type { Staff } from '../../src/staff/roles.ts';
import { startMockDci, type MockDci } from '../support/mock-dci.ts';
import { keepTranscript, openCountry, referenceIn, type Country } from './support.ts';

let indonesia: Country;
let pusdatin: MockDci;

/** What the second database knows: the same man, and another answer. */
const BUDI = {
  household_id: 'PD-77001',
  area: '317101',
  members: [
    {
      person_id: 'PD-1',
      role: 'head' as const,
      given_name: 'Budi',
      family_name: 'Santoso',
      birth_date: '1979-03-07',
      documents: [{ type: 'NIK', number: '3171010703790428' }],
      phones: [{ number: '+628110000002', use: 'own' as const }],
    },
  ],
  enrolments: [{ programme: 'PKH', status: 'active', since: '2024-01-01', status_date: '2024-03-15' }],
};

beforeAll(async () => {
  pusdatin = await startMockDci([BUDI]);
  const text = readFileSync(path.join(profilesDir, 'indonesia-udb.yaml'), 'utf8');
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'wasl-udb-')), 'udb.yaml');
  writeFileSync(file, text.replace('https://pusdatin.example.go.id', pusdatin.url));
  indonesia = await openCountry('indonesia-udb', { hasChores: false }, file);
});
afterAll(async () => {
  await indonesia.stop();
  await pusdatin.stop();
});

function staff(key: string, roles: Staff['roles']): Staff {
  return {
    key: `00000000-0000-4000-8000-0000000000${key}`,
    name: 'Officer',
    email: `officer${key}@countries.test`,
    roles,
    units: null,
    area: null,
    language: 'en',
  };
}
const MAKER = staff('a1', ['supervisor']);
const APPROVER = staff('a2', ['supervisor']);

async function deps() {
  const { db, keys, profile } = indonesia.service.service.deployment;
  const texts = createTexts(readLocales(), profile, () => true);
  const notifier = createNotifier({ keys, texts, profile, now: indonesia.now });
  for (const { key, roles } of [MAKER, APPROVER])
    await db.query(
      `insert into staff (key, email, sealed, roles, language) values ($1, $2, '\\x00', $3, 'en') on conflict do nothing`,
      [key, key, roles],
    );
  return { db, keys, profile, texts, notifier, registry: localRegistry(db, keys), now: indonesia.now };
}

test('N1 one person with three programmes reads three lines, each with its own status', async () => {
  const siti = indonesia.phone('+628110000001');
  expect(await siti.dial('1', '0427', '1984')).toBe(
    'Yang mana?\n1.KIP: Daftar tunggu\n2.KIS: Aktif\n3.PKH: Dihentikan sementara\n0.Kembali',
  );
  expect(await siti.type('3')).toContain('PKH: Dihentikan sementara');
  keepTranscript('indonesia-udb', siti);
});

test('N2 "not on the list" between two rounds is stored with its day, and she is told once when the next one opens', async () => {
  const caller = indonesia.phone('+628110000091');
  const screen = await caller.dial('3', '2', '1', '327501', '1', '1', '1');
  const reference = referenceIn(screen);
  expect(screen).toContain('Permintaan Anda disimpan untuk putaran berikutnya.');
  expect(await indonesia.case(reference)).toMatchObject({ category: 'ELG-LIST', route: 'desa_327501' });
  const { rows } = await indonesia.db.query('select created_at, language from notify_when_open');
  expect(rows).toEqual([{ created_at: indonesia.now(), language: 'id' }]);

  // The round opens nearly four years later.
  indonesia.setDay(4 * 365 - 30);
  const campaigns = await deps();
  const id = await makeCampaign(
    campaigns,
    { kind: 'broadcast', source: 'subscribers', text: 'sms.inf.open', title: 'Putaran baru' },
    { by: MAKER, at: indonesia.now() },
  );
  if (id === undefined) throw new Error('no campaign');
  await runCampaigns(campaigns, { id });
  await indonesia.db.query('update campaign set tried_at = $2 where id = $1', [id, indonesia.now()]);
  await approveCampaign(campaigns, { id, by: APPROVER, at: indonesia.now() });
  await runCampaigns(campaigns, { id });
  await runCampaigns(campaigns, { id });
  expect((await caller.inbox()).filter((text) => text.includes('dibuka'))).toHaveLength(1);
  indonesia.setDay(0);
});

test('N3 an update that a programme accepted stands as "not yet in the registry" until somebody put it there', async () => {
  const dewi = indonesia.phone('+628110000003');
  const reference = referenceIn(await dewi.dial('9', '1', '0429', '1990', '2'));
  const office = await deps();
  const { rows } = await indonesia.db.query<{ version: number }>(
    'select version from grievance where reference = $1',
    [reference],
  );
  await decideCase(office, {
    reference,
    version: rows[0]?.version ?? 0,
    by: MAKER,
    at: indonesia.now(),
    decision: 'upheld',
    reasonCode: 'not_in_registry',
    answer: { id: 'Diterima program. Belum tercatat di basis data.' },
  });
  const owed = async () =>
    (await listTasks(office, MAKER, { kinds: ['duty'] }, indonesia.now())).filter(
      (task) => task.reference === reference,
    );
  const [duty] = await owed();
  expect(duty).toMatchObject({ about: 'not_in_registry', unit: 'dinsos', state: 'open' });
  expect(await dewi.dial('9', '5', reference)).toContain('Belum tercatat di basis data.');
  if (!duty) throw new Error('nothing is owed');
  await finishTask(office, {
    id: duty.id,
    version: duty.version,
    by: MAKER,
    at: indonesia.now(),
    outcome: 'done',
  });
  expect(await owed()).toEqual([]);
});

test('N4 where the two databases disagree the citizen reads "being checked", the officer both values with their dates', async () => {
  const budi = indonesia.phone('+628110000002');
  const screen = await budi.dial('1', '0428', '1979');
  expect(screen).toContain('PKH: Sedang diperiksa');
  expect(screen).not.toMatch(/Aktif|Tidak terpilih/);
  const reference = referenceIn(await budi.type('2', '1', '1'));
  const detail = await caseDetail(await deps(), { reference, by: MAKER, at: indonesia.now() });
  expect(detail.evidence).toMatchObject({
    source: 'composite',
    enrolments: [
      {
        programme: 'PKH',
        status: 'unknown',
        said: [
          { source: 'udb', status: 'noteligible', date: '2025-11-02' },
          { source: 'pusdatin', status: 'active', date: '2024-03-15' },
        ],
      },
    ],
  });
});

test('a card that does not work goes to another desk than money that did not come', async () => {
  const money = await indonesia.phone('+628110000092').dial('3', '1', '1', '1', '1', '1');
  const card = await indonesia.phone('+628110000093').dial('3', '1', '4', '1', '1', '1');
  expect(await indonesia.case(referenceIn(money))).toMatchObject({ category: 'PAY-NR', route: 'bank_desk' });
  expect(await indonesia.case(referenceIn(card))).toMatchObject({ category: 'PAY-CARD', route: 'card_desk' });
});
