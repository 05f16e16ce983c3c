/** Turkey, ISAS: what systems.md §2.5 says works, through the real callback and text messages. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sessionOf } from '../../src/staff/sessions.ts';
import { signIn } from '../../src/staff/sign-in.ts';
import { PASSWORD, person, personWithApp } from '../staff/support.ts';
import { openBackstage, type Backstage } from '../transcripts/backstage.ts';
import { keepTranscript, openCountry, referenceIn, type Country } from './support.ts';

let turkey: Country;
let backstage: Backstage;

beforeAll(async () => {
  turkey = await openCountry('turkey-isas', { hasChores: false });
  backstage = await openBackstage(turkey.service.service.deployment, turkey.now);
});
afterAll(() => turkey.stop());

test('T1 a refusal names another service, and leads to all of them', async () => {
  const ayse = turkey.phone('+905320000001');
  expect(await ayse.dial('1', '1440', '1984')).toContain('Eğitim yardımı: Seçilmedi');
  expect(await ayse.type('1')).toContain('İtiraz ücretsiz. Şuna da başvurun: Vakıf yardımı.');
  expect(await ayse.type('9', '4')).toBe('Şuna da başvurun:\n1.Vakıf yardımı\n2.Genel sağlık\n0.Menü');
  expect(await ayse.type('2')).toContain('Genel sağlık: geliri düşük hane.');
  keepTranscript('turkey-isas', ayse);
});

test('T1 what the household has, or was refused, is not offered to it', async () => {
  const fatma = turkey.phone('+905320000002');
  const list = await fatma.dial('1', '2508', '1979');
  const key = list.split('\n').find((line) => line.includes('Eğitim'))?.[0] ?? '';
  expect(await fatma.type(key, '1')).toContain('Şuna da başvurun: Genel sağlık.');
});

test('T1 where nothing is found the refusal says so, and that we call', async () => {
  const mehmet = turkey.phone('+905320000003');
  const screen = await mehmet.dial('1', '3666', '1960', '1');
  expect(screen).toContain('Başka hizmet bulamadık:');
  expect(screen).toContain('8.Beni arayın');
});

test('T1 nor does a refusal stand alone in a text message', async () => {
  const ayse = turkey.phone('+905320000001');
  await ayse.dial('1', '1440', '1984', '3');
  expect((await ayse.inbox()).at(-1)).toBe(
    'Sosyal Yrd: Eğitim yardımı - Seçilmedi. Şuna da başvurun: Vakıf yardımı. Ayrıntı: *144# veya 144. Ücretsiz.',
  );
});

test.each([
  { name: 'of her district', phone: '+905320000005', last4: '5882', year: '1991', unit: 'sydv_sahinbey' },
  { name: 'of her province', phone: '+905320000003', last4: '3666', year: '1960', unit: 'sydv_ankara' },
])('T2 a case is with the foundation $name at once', async ({ phone, last4, year, unit }) => {
  const caller = turkey.phone(phone);
  await caller.dial('1', last4, year);
  // 0: the menu; 0: whether we may send messages is left for later.
  const sent = await caller.type('0', '0', '3', '3', '1', '1', '1');
  const reference = referenceIn(sent);
  expect(await turkey.case(reference)).toMatchObject({ category: 'DAT' });
  const { rows } = await turkey.db.query<{ route: string; seconds: number }>(
    `select route, extract(epoch from ($2::timestamptz - created_at))::integer as seconds
     from grievance where reference = $1`,
    [reference, turkey.now()],
  );
  expect(rows[0]?.route).toBe(unit);
  expect(rows[0]?.seconds).toBeLessThanOrEqual(60);
});

test('T2 what accuses the foundation never goes to it', async () => {
  const screen = await turkey.phone('+905320000005').dial('3', '4', '1', '1', '1', '1');
  expect(await turkey.case(referenceIn(screen))).toMatchObject({
    route: 'teftis',
    sensitivity: 'restricted',
    area: null,
  });
});

test('T3 a password alone opens no console: a second factor is asked for, and first of all set up', async () => {
  const { db, keys } = turkey.service.service.deployment;
  const development = { db, keys, isProduction: false };
  const production = { db, keys, isProduction: true };
  const at = turkey.now();
  const newcomer = await person(development, at);
  const first = await signIn(production, { email: newcomer.email, password: PASSWORD, at });
  expect(first).toMatchObject({ ok: true, needs: 'enrol' });
  if (first.ok) expect(await sessionOf(production, first.token, at)).toBeUndefined();
  const agent = await personWithApp(development, at);
  const step = await signIn(production, { email: agent.email, password: PASSWORD, at });
  expect(step).toMatchObject({ ok: true, needs: 'second_factor' });
  if (step.ok) expect(await sessionOf(production, step.token, at)).toBeUndefined();
});

test('T4 a deaf citizen complains and reads the answer by text message alone', async () => {
  const elif = turkey.phone('+905320000005');
  const before = (await elif.inbox()).length;
  const say = async (text: string) => {
    await elif.sms(text);
    return (await elif.inbox()).at(-1) ?? '';
  };
  const kept = await say('SIKAYET param gelmedi');
  const reference = referenceIn(kept);
  expect(kept).toContain('şikayet');
  await backstage.staff('answers', reference, 'Paranız 20 Kasım günü yattı.');
  expect((await elif.inbox()).at(-1)).toContain(`DURUM ${reference}`);
  expect(await say(`DURUM ${reference}`)).toContain('Paranız 20 Kasım günü yattı.');
  await say('1');
  // Nothing on the way made her call or be called.
  const { rowCount } = await turkey.db.query(`select from task where kind = 'callback'`);
  expect(rowCount).toBe(0);
  expect((await elif.inbox()).length).toBeGreaterThan(before + 3);
});
