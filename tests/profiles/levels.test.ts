/** systems.md §5: the engagement level changes the menus by data alone, and at level 1 nothing of any person is shown. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { profilesDir } from '../../src/paths.ts';
import { openCountry, type Country } from '../countries/support.ts';

const RIMA = '+96171000001';
const ENGLISH = '2';

function atLevel(level: number): Promise<Country> {
  const text = readFileSync(path.join(profilesDir, 'lebanon-daem.yaml'), 'utf8');
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'wasl-level-')), 'level.yaml');
  writeFileSync(file, text.replace(/engagement_level: \d/, `engagement_level: ${level}`));
  return openCountry('lebanon-daem', {}, file);
}

describe.each([
  {
    level: 1,
    menu: ['4.Information', '8.Call me', '9.More'],
    more: ['3.Messages on/off', '4.Language', '0.Back'],
  },
  {
    level: 2,
    menu: ['1.My status', '2.Payment', '3.Complaint', '4.Information', '8.Call me', '9.More'],
    more: ['3.Messages on/off', '4.Language', '5.Track complaint', '0.Back'],
  },
  {
    level: 3,
    menu: ['1.My status', '2.Payment', '3.Complaint', '4.Information', '8.Call me', '9.More'],
    more: [
      '1.Update my details',
      '2.Other services',
      '3.Messages on/off',
      '4.Language',
      '5.Track complaint',
      '0.Back',
    ],
  },
  {
    level: 4,
    menu: ['1.My status', '2.Payment', '3.Complaint', '4.Information', '8.Call me', '9.More'],
    more: [
      '1.Update my details',
      '2.Other services',
      '3.Messages on/off',
      '4.Language',
      '5.Track complaint',
      '0.Back',
    ],
  },
])('at level $level', ({ level, menu, more }) => {
  let country: Country;
  beforeAll(async () => {
    country = await atLevel(level);
  });
  afterAll(() => country.stop());

  it('the menus offer what belongs to it, under the same keys', async () => {
    const caller = country.phone('+96171000077');
    expect((await caller.dial(ENGLISH)).split('\n').slice(1)).toEqual(menu);
    expect((await caller.type('9')).split('\n')).toEqual(more);
  });

  it('a registered person sees her file from level 2 on, and may disagree from level 3 on', async () => {
    const rima = country.phone(RIMA);
    const screen = await rima.dial(ENGLISH, '1');
    if (level === 1) expect(screen).toContain('Please press a number from the list.');
    else expect(await rima.type('0427', '1980')).toContain('AMAN: Active');
    expect(rima.screens.join('\n').includes('I do not agree')).toBe(level >= 3);
  });

  it('no word of a text message reaches what is not offered', async () => {
    const rima = country.phone(RIMA);
    for (const text of ['status', 'payment', 'complaint', 'appeal', 'change', '1', '3']) await rima.sms(text);
    const said = (await rima.inbox()).join('\n');
    if (level === 1) expect(said).not.toMatch(/AMAN|145|Complaint number|Complaint about|appeal/i);
    else expect(said).toContain('Complaint about');
  });
});

describe('level 4 adds the steps of a decision to the screens of level 3', () => {
  /** Posted to be objected to, and due to be confirmed. */
  const families = ['posted', 'update'].map((status, at) => ({
    household_id: `LV-${at}`,
    area: 'BEY-03',
    members: [
      {
        person_id: `LV-P${at}`,
        role: 'head',
        given_name: 'Hala',
        family_name: 'Saad',
        birth_date: '1980-01-01',
        documents: [{ type: 'national_id', number: `00005550700${at}` }],
        phones: [{ number: `+9617100050${at}`, use: 'own' }],
        language: 'en',
      },
    ],
    enrolments: [{ programme: 'ESSN', status, since: '2024-01-01', status_date: '2024-02-01' }],
  }));

  it.each([
    { level: 3, steps: false },
    { level: 4, steps: true },
  ])(
    'at level $level: object to a posted list, say that nothing has changed: $steps',
    async ({ level, steps }) => {
      const country = await atLevel(level);
      try {
        await country.service.importHouseholds(
          ...families.map((family) => ({
            ...family,
            enrolments: family.enrolments.map((one) => ({
              ...one,
              status_date: country.date(0).split('/').reverse().join('-'),
            })),
          })),
        );
        const posted = country.phone('+96171000500');
        const screen = await posted.dial(ENGLISH, '1', '7000', '1980', '1');
        expect(screen.includes('1.I object')).toBe(steps);
        const due = country.phone('+96171000501');
        const update = await due.dial(ENGLISH, '1', '7001', '1980', '1');
        expect(update.includes('1.No change')).toBe(steps);
        expect(update).toContain('2.Report change');
        if (!steps) return;
        expect(await posted.type('1')).toMatch(/You can appeal until|Why do you not agree/);
        expect(await due.type('1')).toMatch(/\d{8}/);
      } finally {
        await country.stop();
      }
    },
  );
});
