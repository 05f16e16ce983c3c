/** Paging for handsets: whatever the screen, no page is over its budget, and nothing that was written is lost. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodingOf, measure } from '../../src/render/measure.ts';
import type { Line, Page } from '../../src/render/page.ts';
import { ussdPages, type UssdLimits } from '../../src/render/ussd.ts';

const letters = {
  en: 'abcdefghijklmnopqrstuvwxyz0123456789.,:éà€[',
  ar: 'ابتثجحخدذرزسشصضطظعغفقكلمنهوي0123456789،',
  mixed: 'abcdeéçêابتدروم\u200e/-0123',
};
const MORE = { en: 'More', ar: 'المزيد', mixed: 'More' };
type Script = keyof typeof letters;

/** The smallest screens that a profile may ask for, up to the largest. */
const limits: fc.Arbitrary<UssdLimits> = fc.record({
  gsm7: fc.integer({ min: 60, max: 182 }),
  ucs2: fc.integer({ min: 40, max: 80 }),
});

const word = (script: Script, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...Array.from(letters[script])), minLength: 1, maxLength });

const textOf = (script: Script, maxWords: number) =>
  fc
    .array(fc.tuple(word(script, 12), fc.constantFrom(' ', ' ', ' ', '\n')), { maxLength: maxWords })
    .map((parts) =>
      parts
        .map(([text, gap]) => text + gap)
        .join('')
        .trim(),
    );

const labelOf = (script: Script, words: number) =>
  fc.array(word(script, 6), { minLength: 1, maxLength: words }).map((parts) => parts.join(' '));

function screenIn(script: Script): fc.Arbitrary<{ page: Page; script: Script }> {
  const navigation = fc
    .record({ call: fc.boolean(), more: fc.boolean(), zero: fc.boolean(), label: word(script, 8) })
    .map(({ call, more, zero, label }): Line[] => [
      ...(call ? [{ id: 'call', key: '8', label }] : []),
      ...(more ? [{ id: 'more', key: '9', label: MORE[script] }] : []),
      ...(zero ? [{ id: 'zero', key: '0', label }] : []),
    ]);
  return fc
    .record({
      body: textOf(script, 45),
      labels: fc.array(labelOf(script, 4), { maxLength: 7 }),
      navigation,
      personal: fc.constant(false),
    })
    .map(({ labels, ...page }) => ({
      script,
      page: {
        ...page,
        choices: labels.map((label, index) => ({ id: `c${index}`, key: String(index + 1), label })),
      },
    }));
}
const screen = fc.oneof(screenIn('en'), screenIn('ar'), screenIn('mixed'));

const languageOf = (script: Script) => (script === 'ar' ? 'ar' : 'en');
const line = ({ key, label }: Line, script: Script) =>
  script === 'ar' ? `${key} ${label}` : `${key}.${label}`;
const bare = (text: string) => text.replace(/\s+/gu, '');

/** A page without the key lines at its end; `keys` are the digits of these, in order. */
function split(text: string, page: Page, script: Script): { content: string; keys: string } {
  const known = [...page.navigation, { id: 'more', key: '9', label: MORE[script] }].map((nav) =>
    line(nav, script),
  );
  const lines = text.split('\n');
  let keys = '';
  for (let last = lines.at(-1); last !== undefined && known.includes(last); last = lines.at(-1)) {
    keys = last.charAt(0) + keys;
    lines.pop();
  }
  return { content: lines.join('\n'), keys };
}

describe('USSD pages', () => {
  it('stay within the budget of their alphabet', () => {
    fc.assert(
      fc.property(screen, limits, ({ page, script }, room) => {
        for (const text of ussdPages(page, languageOf(script), room, MORE[script])) {
          expect(measure(text).units).toBeLessThanOrEqual(room[encodingOf(text)]);
        }
      }),
      { numRuns: 1_500 },
    );
  });

  it('lose no word of the text and no choice, and keep their order', () => {
    fc.assert(
      fc.property(screen, limits, ({ page, script }, room) => {
        const pages = ussdPages(page, languageOf(script), room, MORE[script]);
        const shown = pages.map((text) => split(text, page, script).content).join('\n');
        const written = [page.body, ...page.choices.map((choice) => line(choice, script))].join('\n');
        expect(bare(shown)).toBe(bare(written));
      }),
      { numRuns: 1_500 },
    );
  });

  it('break between words and between choices where these fit a screen', () => {
    fc.assert(
      fc.property(screen, limits, ({ page, script }, room) => {
        const pages = ussdPages(page, languageOf(script), room, MORE[script]);
        const words = new Set(pages.join('\n').split(/\s+/u));
        // The room that 9, 8 and 0 leave at the very least.
        const free = (text: string) => measure(text).units <= room[encodingOf(text)] - 33;
        for (const part of page.body.split(/\s+/u)) {
          if (part !== '' && free(`${part}م`)) expect(words).toContain(part);
        }
        for (const choice of page.choices) {
          const whole = line(choice, script);
          if (free(`${whole}م`)) {
            expect(pages.some((text) => text.split('\n').includes(whole))).toBe(true);
          }
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('lead on with 9 from every page but the last, and back with 0 from each', () => {
    fc.assert(
      fc.property(screen, limits, ({ page, script }, room) => {
        const pages = ussdPages(page, languageOf(script), room, MORE[script]);
        const has = (id: string) => page.navigation.some((nav) => nav.id === id);
        pages.forEach((text, index) => {
          const { keys } = split(text, page, script);
          const isLast = index === pages.length - 1;
          expect(keys.includes('9')).toBe(isLast ? has('more') : true);
          expect(keys.includes('0')).toBe(has('zero'));
          if (isLast) expect(keys.includes('8')).toBe(has('call'));
        });
      }),
      { numRuns: 1_000 },
    );
  });

  it('are one whenever everything fits one, with choices first and then 8, 9, 0', () => {
    const page: Page = {
      body: 'Wasl - free',
      choices: ['My status', 'Payment', 'Complaint', 'Information'].map((label, index) => ({
        id: label,
        key: String(index + 1),
        label,
      })),
      navigation: [
        { id: 'call', key: '8', label: 'Call me' },
        { id: 'more', key: '9', label: 'More' },
        { id: 'zero', key: '0', label: 'Exit' },
      ],
      personal: false,
    };
    expect(ussdPages(page, 'en', { gsm7: 160, ucs2: 70 }, 'More')).toEqual([
      'Wasl - free\n1.My status\n2.Payment\n3.Complaint\n4.Information\n8.Call me\n9.More\n0.Exit',
    ]);
    expect(ussdPages(page, 'en', { gsm7: 60, ucs2: 40 }, 'More').length).toBeGreaterThan(1);
  });

  it('cut no entry of a list in two, as long as it fits a screen', () => {
    const entries = [
      'Child support (SASSA): active, since 2021',
      'Foster child (SASSA): ended, 2017 to 2018',
    ];
    const page: Page = {
      body: [...entries, 'All that is held.'].join('\n'),
      entries: 2,
      choices: [],
      navigation: [{ id: 'zero', key: '0', label: 'Menu' }],
      personal: true,
    };
    expect(ussdPages(page, 'en', { gsm7: 62, ucs2: 40 }, 'More')).toEqual([
      `${entries[0] ?? ''}\n9.More\n0.Menu`,
      `${entries[1] ?? ''}\nAll\n9.More\n0.Menu`,
      'that is held.\n0.Menu',
    ]);
  });

  it('begin a page with a choice that leaves the one before too full, and never show an empty first page', () => {
    fc.assert(
      fc.property(screen, limits, ({ page, script }, room) => {
        const pages = ussdPages(page, languageOf(script), room, MORE[script]);
        const contents = pages.map((text) => split(text, page, script).content);
        if (page.body !== '' || page.choices.length > 0) expect(contents[0]).not.toBe('');
        expect(contents.slice(0, -1).filter((text) => text === '')).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});
