/** Chat screens: every choice can be tapped or typed, and nothing is over a limit that WhatsApp would refuse. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Line, Page } from '../../src/render/page.ts';
import { whatsappContent } from '../../src/render/whatsapp.ts';

const WORDS = { choose: 'Please choose:', options: 'Options' };

const label = fc.string({
  unit: fc.constantFrom('a', 'b', 'é', 'م', ' ', '😀'),
  minLength: 1,
  maxLength: 28,
});
const page = fc
  .record({
    body: fc.oneof(
      fc.constant(''),
      fc.string({ maxLength: 80 }),
      fc.string({ minLength: 1000, maxLength: 1100 }),
    ),
    labels: fc.oneof(
      fc.array(label, { maxLength: 12 }),
      fc.array(fc.constantFrom<string[]>('Yes', 'No', 'Less', 'Maybe'), { maxLength: 4 }),
    ),
    zero: fc.boolean(),
    personal: fc.boolean(),
  })
  .map(({ labels, zero, ...rest }): Page => ({
    ...rest,
    choices: labels.map((text, index) => ({ id: `c${index}`, key: String(index + 1), label: text })),
    navigation: zero ? [{ id: 'zero', key: '0', label: 'Back' }] : [],
  }));

const linesOf = ({ choices, navigation }: Page): Line[] => [...choices, ...navigation];

describe('chat screens', () => {
  it('offer every choice, to tap or with its number', () => {
    fc.assert(
      fc.property(page, fc.constantFrom('en', 'ar'), (shown, language) => {
        const content = whatsappContent(shown, 'st.show', language, WORDS);
        if (content.kind === 'template') throw new Error('no template here');
        const tapped =
          content.kind === 'buttons' ? content.buttons : content.kind === 'list' ? content.rows : undefined;
        for (const { id, key, label: text } of linesOf(shown)) {
          if (tapped) expect(tapped).toContainEqual({ id: `st.show/${id}`, title: text });
          else expect(content.body).toContain(language === 'ar' ? `${key} ${text}` : `${key}.${text}`);
        }
        if (tapped) expect(tapped.length).toBe(linesOf(shown).length);
      }),
      { numRuns: 1_000 },
    );
  });

  it('keep within 3 buttons of 20, 10 rows of 24, ids of 200 and bodies of 1 to 1024', () => {
    fc.assert(
      fc.property(page, (shown) => {
        const content = whatsappContent(shown, 'st.next.activeundated.payment', 'en', WORDS);
        if (content.kind === 'buttons') {
          expect(content.buttons.length).toBeLessThanOrEqual(3);
          const titles = content.buttons.map(({ title }) => title);
          expect(new Set(titles).size).toBe(titles.length);
          for (const title of titles) expect(title.length).toBeLessThanOrEqual(20);
        } else if (content.kind === 'list') {
          expect(content.rows.length).toBeLessThanOrEqual(10);
          expect(content.button.length).toBeLessThanOrEqual(20);
          for (const { title } of content.rows) expect(title.length).toBeLessThanOrEqual(24);
        } else return;
        const rows = content.kind === 'buttons' ? content.buttons : content.rows;
        expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
        for (const { id } of rows) expect(id.length).toBeLessThanOrEqual(200);
        expect(content.body.length).toBeGreaterThan(0);
        expect(content.body.length).toBeLessThanOrEqual(1024);
        expect(content.personal).toBe(shown.personal);
      }),
      { numRuns: 1_000 },
    );
  });

  const choices = (...labels: string[]): Page => ({
    body: 'Body',
    choices: labels.map((text, index) => ({ id: `c${index}`, key: String(index + 1), label: text })),
    navigation: [],
    personal: false,
  });
  const kindOf = (shown: Page) => whatsappContent(shown, 's', 'en', WORDS).kind;
  const times = (n: number, length: number) =>
    Array.from({ length: n }, (_, index) => String(index).padEnd(length, 'x'));

  it('are buttons as long as these carry all', () => {
    expect(kindOf(choices(...times(3, 20)))).toBe('buttons');
    expect(kindOf(choices(...times(4, 20)))).toBe('list');
    expect(kindOf(choices(...times(3, 21)))).toBe('list');
    expect(kindOf(choices('Same', 'Same'))).toBe('list');
    expect(kindOf(choices(...times(10, 24)))).toBe('list');
    expect(kindOf(choices(...times(11, 24)))).toBe('text');
    expect(kindOf(choices(...times(2, 25)))).toBe('text');
    expect(kindOf({ ...choices('Yes'), body: 'x'.repeat(1024) })).toBe('buttons');
    expect(kindOf({ ...choices('Yes'), body: 'x'.repeat(1025) })).toBe('text');
  });

  it('ask to choose where the choices speak for themselves', () => {
    expect(whatsappContent({ ...choices('Yes'), body: '' }, 's', 'en', WORDS)).toMatchObject({
      body: 'Please choose:',
    });
  });

  it('are plain text without choices', () => {
    expect(whatsappContent(choices(), 's', 'en', WORDS)).toEqual({ kind: 'text', body: 'Body' });
  });
});
