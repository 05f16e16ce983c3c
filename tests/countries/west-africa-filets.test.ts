/** Social safety nets of French-speaking West Africa: what systems.md §2.12 says works, through the real callback. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createToken } from '../../src/api/tokens.ts';
import { readLocales } from '../../src/locales.ts';
import { profilesDir } from '../../src/paths.ts';
import { offenders } from '../../src/render/measure.ts';
import { keepTranscript, openCountry, referenceIn, type Country } from './support.ts';

let west: Country;

beforeAll(async () => {
  west = await openCountry('west-africa-filets');
});
afterAll(() => west.stop());

test('F1 no French text leaves GSM-7, and none is misspelt to stay within it', () => {
  const french = Object.entries(readLocales()['fr'] ?? {}).filter(
    ([key]) => !key.startsWith('lang.pick') && !key.endsWith('language.wa'),
  );
  expect(french.length).toBeGreaterThan(200);
  expect(french.filter(([, text]) => offenders(text).length > 0)).toEqual([]);
  // Words that lose an accent or a cedilla which GSM-7 lacks: they must be avoided, not misspelt.
  const misspelt =
    /\b(recu|recue|francais|meme|etre|bientot|enquete|controle|probleme|hopital|interet|pret|tot|cout|ca|lecon|garcon|facon|boite|connaitre|hote|aout|noel)\b/iu;
  expect(french.filter(([, text]) => misspelt.test(text))).toEqual([]);
});

test('F1 one language needs no question about it: the first screen is the menu, in French', async () => {
  const awa = west.phone('+221770000001');
  expect(await awa.dial()).toBe(
    'Filets - gratuit\n1.Mon dossier\n2.Paiement\n3.Plainte\n4.Informations\n8.Rappelez-moi\n9.Suite',
  );
  expect(await awa.type('2', '1', '0427', '1984')).toContain('35,000 FCFA');
  keepTranscript('west-africa-filets', awa);
});

test('F2 a complaint made at the committee, the directorate or the project unit is one number that all know', async () => {
  const phone = '+221770000011';
  const said = await west.phone(phone).dial('3', '2', '1', '01', '1', '1', '1');
  const own = referenceIn(said);
  expect(await west.case(own)).toMatchObject({ category: 'ELG-LIST', route: 'comite_dkr01' });
  const numbers: string[] = [];
  for (const source of ['comite', 'direction', 'UGP']) {
    const { token } = await createToken(west.db, {
      name: source,
      scopes: ['cases:write', 'cases:read'],
      source,
      expiresAt: null,
      at: west.now(),
    });
    const answer = await fetch(`${west.service.url}/api/v1/cases`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        source,
        external_id: 'R-1',
        kind: 'complaint',
        category: 'DAT',
        phone,
        language: 'fr',
      }),
    });
    expect(answer.status).toBe(201);
    const { reference } = (await answer.json()) as { reference: string };
    numbers.push(reference);
    const read = await fetch(`${west.service.url}/api/v1/cases/${own}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(read.status).toBe(200);
  }
  for (const number of [own, ...numbers]) {
    expect(number).toMatch(/^\d{8}$/);
    const tracked = await west.phone(phone).dial('9', '5', number);
    expect(tracked).toContain(number);
  }
});

test.each([3, 7, 30, 90])(
  'F3 lists can be objected to for %i days, which is one number of the profile',
  async (days) => {
    const text = readFileSync(path.join(profilesDir, 'west-africa-filets.yaml'), 'utf8');
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'wasl-west-')), 'west.yaml');
    writeFileSync(file, text.replace('objection_days: 3', `objection_days: ${days}`));
    const country = await openCountry('west-africa-filets', {}, file);
    try {
      const moussa = country.phone('+221770000002');
      country.setDay(days, '23:59');
      expect(await moussa.dial('1', '5588', '1979', '2')).toContain(`jusqu'au ${country.date(days)}`);
      country.setDay(days + 1, '00:10');
      expect(await country.phone('+221770000002').dial('1', '5588', '1979', '2')).toContain(
        country.date(days),
      );
      expect(await country.phone('+221770000002').dial('1', '5588', '1979', '2')).toContain(
        'Demander un examen tardif',
      );
    } finally {
      await country.stop();
    }
  },
);
