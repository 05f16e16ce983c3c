/** Every language in locales/, held to what English is: the same keys, values, digits and lines, and the same room. */
import { describe, expect, it } from 'vitest';
import { flows } from '../../flows/index.ts';
import { compileKeywords } from '../../src/conversation/keywords.ts';
import { offer } from '../../src/conversation/offer.ts';
import type { Screen } from '../../src/conversation/dialog.ts';
import type { Shown } from '../../src/conversation/session.ts';
import { readKeywords, withoutNotes } from '../../src/locales.ts';
import { styleOf } from '../../src/render/languages.ts';
import { encodingOf, offenders, segments } from '../../src/render/measure.ts';
import { renderUssd, renderWhatsapp } from '../../src/render/render.ts';
import { createTexts } from '../../src/render/texts.ts';
import { samplesFor } from '../flows/samples.ts';
import { walk } from '../flows/walk.ts';
import { everyLanguage, factsIn, languages, locales } from './every-language.ts';

/** English sets the keys; Arabic and French were written beside it, screen by screen, and keep their own line breaks. */
const CORE = ['ar', 'en', 'fr'];
const packs = languages.filter((language) => !CORE.includes(language));
const english = locales['en'] ?? {};
const textsOf = (language: string) => Object.entries(locales[language] ?? {});
const voice = {
  up: createTexts(locales, everyLanguage, () => true),
  down: createTexts(locales, everyLanguage, () => false),
};
const isMixedScript = (key: string) => key.startsWith('lang.pick') || key === 'entry.more.language.wa';
const all = (pattern: RegExp, text: string) => [...text.matchAll(pattern)].map(([found]) => found).sort();
const words = (text: string) => text.replace(/\{\{\w+\}\}/gu, ' ');

describe('withoutNotes', () => {
  it('leaves out what is written to the editor of a file', () => {
    expect(withoutNotes({ _review: 'needs review', 'nav.back': 'Back' })).toEqual({ 'nav.back': 'Back' });
    expect(languages.filter((language) => locales[language]?.['_review'])).toEqual([]);
  });
});

describe.each(packs)('the pack %s', (language) => {
  const own = locales[language] ?? {};
  /** What is not in keeping with English, as `key: text`. */
  const differing = (isSame: (english: string, own: string, key: string) => boolean) =>
    Object.entries(english)
      .filter(([key, text]) => own[key] !== undefined && !isSame(text, own[key], key))
      .map(([key]) => `${key}: ${own[key] ?? ''}`);

  it('has every text of English, and no other but currencies and roomier labels', () => {
    expect(Object.keys(english).filter((key) => own[key] === undefined)).toEqual([]);
    const extra = Object.keys(own).filter(
      (key) => english[key] === undefined && !/^currency\.[A-Z]{3}$|\.wa$/u.test(key),
    );
    expect(extra).toEqual([]);
  });

  it('leaves no text empty that says something in English', () => {
    expect(differing((text, written) => (text === '') === (written === ''))).toEqual([]);
  });

  it('names the same values', () => {
    const values = (text: string) => all(/\{\{\w+\}\}/gu, text.replaceAll('{{dd}}', '{{d}}'));
    expect(differing((text, written) => String(values(text)) === String(values(written)))).toEqual([]);
  });

  it('names the same digits and breaks the same lines', () => {
    const digits = (text: string) => all(/\d+/gu, words(text));
    expect(differing((text, written) => String(digits(text)) === String(digits(written)))).toEqual([]);
    const lines = (text: string) => text.split('\n').length;
    expect(differing((text, written) => lines(text) === lines(written))).toEqual([]);
  });

  it('is in composed letters, without stray spaces, other quotes, or a key in brackets', () => {
    const strays = textsOf(language).filter(
      ([, text]) => text !== text.normalize('NFC') || /^\s|\s$| {2}|[«»“”„’‘…\u200e]|\d\)/u.test(text),
    );
    expect(strays).toEqual([]);
  });

  it('leaves no English behind', () => {
    const same = Object.entries(english).filter(
      ([key, text]) => own[key] === text && /[a-z]{4}/u.test(words(text)) && !key.startsWith('lang.pick'),
    );
    expect(same.map(([key]) => key).filter((key) => !/^(?:nav\.menu|sms\.start)$/u.test(key))).toEqual([]);
  });
});

describe.each(languages)('%s', (language) => {
  it('stays within GSM-7 where its spelling can', () => {
    if (styleOf(language).letters !== 'gsm7') return;
    const outside = textsOf(language).filter(
      ([key, text]) => !isMixedScript(key) && offenders(text).length > 0,
    );
    expect(outside.map(([key, text]) => `${key}: ${offenders(text).join('')}`)).toEqual([]);
  });

  it('keeps an SMS to one part in GSM-7 and two in UCS-2, with the voice line up and down', () => {
    const long: string[] = [];
    for (const texts of [voice.up, voice.down]) {
      for (const key of Object.keys(english).filter((name) => name.startsWith('sms.'))) {
        const text = texts.text(language, key, { facts: factsIn(language) });
        const { encoding, segments: parts, units } = segments(text);
        if (parts > (encoding === 'gsm7' ? 1 : 2)) long.push(`${key} ${encoding} ${String(units)}: ${text}`);
      }
    }
    expect(long).toEqual([]);
  });

  it('promises nothing that a fraudster would: no link, no hurry', () => {
    const forbidden =
      /https?:|www\.|bit\.ly|last chance|dernière chance|urgent|última oportunidad|última chance|son şans|\bacil\b|kesempatan terakhir|shoshilinch|срочно|последний шанс|紧急|最后机会/iu;
    expect(textsOf(language).filter(([, text]) => forbidden.test(text))).toEqual([]);
  });

  it('names words to stop and to start that are understood', () => {
    const data = readKeywords();
    const read = compileKeywords(data);
    const named = (key: string, intent: 'stop' | 'start') => {
      const known = [...(data.alone[intent]?.[language] ?? []), ...(data.alone[intent]?.['en'] ?? [])];
      const text = locales[language]?.[key] ?? '';
      const said = known.filter((word) => text.includes(word.toUpperCase()) || text.includes(word));
      expect(said, key).not.toEqual([]);
      for (const word of said) expect(read(word)?.intent, word).toBe(intent);
    };
    named('sms.stop', 'start');
    named('sms.start', 'stop');
    named('sms.help', 'stop');
  });
});

/** Pages that a screen may need: a screen of 70 units cannot hold what 160 do. */
const PAGES = { gsm7: 1, ucs2: 2 } as const;

describe('on a handset', () => {
  const offering = { flows: new Set(flows.map(({ name }) => name)), languages };
  const samples = samplesFor(Object.keys(everyLanguage.programmes));
  const walked = Promise.all(flows.map((flow) => walk(flow, samples, [{}])));
  const screens = async () =>
    new Map(
      (await walked).flatMap(({ visits }) => visits).map((visit) => [JSON.stringify(visit.screen), visit]),
    );

  it.each(languages)('%s needs no more pages than its alphabet asks for', async (language) => {
    const long: string[] = [];
    for (const { screen, place } of (await screens()).values()) {
      const { facts } = place.context;
      // An answer is as long as the officer wrote it, a picker as there are languages, lines as there are children.
      if (
        screen.list ||
        (screen.lines && facts[screen.lines]) ||
        screen.text.startsWith('sms.') ||
        'out' in facts ||
        screen.text === 'lang.pick'
      )
        continue;
      const named = { ...facts, ...('place' in facts ? { place: factsIn(language)['place'] } : {}) };
      const shown: Shown = {
        offered: offer(screen, facts, 'ussd', 0, offering),
        values: { slots: place.context.slots, facts: named },
        page: 0,
      };
      const pages = renderUssd(shown, language, voice.up, everyLanguage.limits.ussd);
      if (pages.length > PAGES[encodingOf(pages.join('\n'))])
        long.push(`${screen.text}: ${pages.join(' // ').replaceAll('\n', ' | ')}`);
    }
    expect(long).toEqual([]);
  });

  it.each(languages)('%s lets each find her own language, in the order of the profile', (language) => {
    const offered = [language, ...languages.filter((other) => other !== language)].slice(0, 4);
    const picker: Screen = { text: 'lang.pick', languages: true };
    const shown: Shown = {
      offered: offer(picker, {}, 'ussd', 0, { ...offering, languages: offered }),
      values: { slots: {}, facts: {} },
      page: 0,
    };
    const page = renderUssd(shown, language, voice.up, everyLanguage.limits.ussd);
    const names = offered.map((code) => english[`lang.pick.${code}`] ?? '');
    const dot = language === 'ar' ? ' ' : '.';
    expect(page).toEqual([names.map((name, index) => `${String(index + 1)}${dot}${name}`).join('\n')]);
  });

  it.each(languages)('%s shows the menu of a chat as a list to tap', (language) => {
    const menu = flows.find(({ name }) => name === 'entry');
    const state = (menu?.machine as unknown as { states: Record<string, { meta: { screen: never } }> })
      .states['menu'];
    const shown: Shown = {
      offered: offer(state?.meta.screen as never, {}, 'whatsapp', 0, offering),
      values: { slots: {}, facts: {} },
      page: 0,
    };
    expect(renderWhatsapp(shown, language, voice.up).kind).toBe('list');
  });
});
