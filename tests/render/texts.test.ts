/** The words: a profile's wording and values in them, with the voice line up and down, and nothing missing unnoticed. */
import { describe, expect, it } from 'vitest';
import { readLocales } from '../../src/locales.ts';
import { profilesDir } from '../../src/paths.ts';
import { loadProfile, type Profile } from '../../src/profiles/profile.ts';
import { createTexts, TextMissing } from '../../src/render/texts.ts';
import type { Values } from '../../src/render/values.ts';

const locales = readLocales();
const demo = loadProfile('demo', profilesDir);
const LANGUAGES = Object.keys(locales).sort();

/** A hotline whose number occurs in nothing else, unlike 1747 in *384*1747#. */
const profile: Profile = {
  ...demo,
  languages: { default: 'ar', offered: LANGUAGES },
  service_name: Object.fromEntries(LANGUAGES.map((language) => [language, 'Wasl'])),
  place: {
    ...Object.fromEntries(LANGUAGES.map((language) => [language, 'Main post office'])),
    ...demo.place,
  },
  channels: { ...demo.channels, sms: { two_way: null, sender: null } },
  hotline: { ...demo.hotline, number: '80055500' },
};

/** Something for every placeholder. */
const values: Values = {
  slots: { matter: 'bribe' },
  facts: {
    amt: { amount: '145.00', currency: 'USD' },
    d: '2026-12-31',
    d2: '2027-01-31',
    n: 2,
    n2: 3,
    ref: '48217735',
    ref2: '48217743',
    prog: 'CASH',
    newprog: 'SCHOOL',
    alt: 'SCHOOL',
    area: '1203',
    sources: 'bank',
    st: 'active',
    gs: 'new',
    why: 'income',
    doc: 'passport',
    out: 'Paid again',
    org: 'Red Crescent',
    need: 'papers',
  },
};
const entries = LANGUAGES.flatMap((language) =>
  Object.keys(locales[language] ?? {}).map((key) => ({ language, key })),
);

describe('with the voice line up', () => {
  const texts = createTexts(locales, profile, () => true);

  it('every text that names the hotline prints its number', () => {
    for (const { language, key } of entries) {
      const names = locales[language]?.[key]?.split('{{hot}}').length ?? 0;
      expect(texts.text(language, key, values).split('80055500').length - 1, `${language} ${key}`).toBe(
        names - 1 + (locales[language]?.[key]?.includes('{{sender}}') ? 1 : 0),
      );
    }
  });
});

describe('with the voice line down', () => {
  const texts = createTexts(locales, profile, () => false);
  const written = entries.map(({ language, key }) => ({
    language,
    key,
    text: texts.text(language, key, values),
  }));

  it('no text prints the number', () => {
    expect(written.filter(({ text }) => text.includes('80055500'))).toEqual([]);
  });

  it('no text offers the code twice', () => {
    const code = '*384*1747#';
    expect(written.filter(({ text }) => text.split(code).length > 2)).toEqual([]);
  });

  it('no text is left with a dangling word or comma', () => {
    const broken =
      /[,،]\s*[.,،]|[，]\s*[，。]|[.。]\s*[,，.。]|\s[.,،，。]|\s\s|(?:^|\s)(?:or|ou|أو|or call|ou appelez|أو اتصلوا|ou ligue|o|o llame al|veya|atau|atau telepon|yoki|или|или звоните)\s*(?:[.,،]|free|gratuit|gratuito|gratis|ücretsiz|bepul|бесплатно|مجانا|$)|或(?:拨打)?(?:[，。]|免费|$)/u;
    expect(written.filter(({ text }) => broken.test(text)).map(({ key, text }) => `${key}: ${text}`)).toEqual(
      [],
    );
  });

  it('no text says that the code will call', () => {
    const calledBy =
      /(?:from|depuis le|من|pelo|desde el|dari|с номера) \u200e?\*384\*1747#|\*384\*1747# (?:numarasından|raqamidan)|用\*384\*1747#/u;
    expect(
      written.filter(({ text }) => calledBy.test(text)).map(({ key, text }) => `${key}: ${text}`),
    ).toEqual([]);
  });

  it.each([
    ['en', 'sms.pay.discreet', 'You have a message. Dial *384*1747#. Free.'],
    ['fr', 'sms.pay.discreet', 'Vous avez un message. Composez le *384*1747#. Gratuit.'],
    ['ar', 'sms.pay.discreet', 'لديكم رسالة. اطلبوا \u200e*384*1747#\u200e مجانا'],
    ['fr', 'sms.grv.answer', undefined],
    ['en', 'sms.cb.missed', 'We called and could not reach you. Dial *384*1747# then 8. Free.'],
    [
      'fr',
      'sms.cb.missed',
      'Nous avons appelé sans pouvoir vous joindre. Composez le *384*1747# puis 8. Gratuit.',
    ],
    ['ar', 'sms.dial', undefined],
    ['pt', 'sms.pay.discreet', 'Tem uma mensagem para ler. Disque *384*1747#. Gratuito.'],
    ['es', 'sms.pay.discreet', 'Tiene un mensaje. Marque *384*1747#. Gratis.'],
    ['tr', 'sms.pay.discreet', 'Bir mesajınız var. *384*1747# arayın. Ücretsiz.'],
    ['id', 'sms.pay.discreet', 'Ada pesan untuk Anda. Tekan *384*1747#. Gratis.'],
    ['uz', 'sms.pay.discreet', 'Sizga xabar bor. *384*1747# raqamini tering. Bepul.'],
    ['ru', 'sms.pay.discreet', 'Вам сообщение. Наберите *384*1747#. Бесплатно.'],
    ['zh', 'sms.pay.discreet', '您有一条消息。请拨*384*1747#。免费。'],
  ])('%s %s names the code once', (language, key, expected) => {
    const text = texts.text(language, key, values);
    if (expected !== undefined) expect(text).toBe(expected);
    expect(text.split('*384*1747#').length).toBe(2);
  });

  it('follows the line as it goes down and comes back', () => {
    let isUp = true;
    const live = createTexts(locales, profile, () => isUp);
    expect(live.text('en', 'err.limit')).toContain('80055500');
    isUp = false;
    expect(live.text('en', 'err.limit')).toContain('*384*1747#');
    isUp = true;
    expect(live.text('en', 'err.limit')).toContain('80055500');
  });
});

describe('what is missing', () => {
  const texts = createTexts(locales, demo, () => true);

  it('is an error that names the text and the value, and quotes nobody', () => {
    expect(() => texts.text('en', 'st.next.received', {})).toThrow(TextMissing);
    expect(() => texts.text('en', 'st.next.received', { slots: { secret: 'Rima' } })).toThrow(
      'st.next.received in en lacks a value for d',
    );
    expect(() => texts.text('en', 'no.such.text')).toThrow(TextMissing);
    expect(() => texts.text('tr', 'nav.back')).toThrow(TextMissing);
    expect(() => texts.item('en', 'nolist', 'x')).toThrow(TextMissing);
  });

  it.each([
    ['d', 20261231],
    ['amt', 145],
    ['st', undefined],
  ])('includes a value of the wrong kind for %s', (name, value) => {
    const key = { d: 'st.next.received', amt: 'pay.conf', st: 'st.show' }[name] ?? '';
    expect(() => texts.text('en', key, { facts: { prog: 'CASH', [name]: value } })).toThrow(TextMissing);
  });
});

describe('personal texts', () => {
  const texts = createTexts(locales, demo, () => true);

  it('are those that name a value of a person', () => {
    for (const key of ['pay.ready', 'grv.state', 'id.yob', 'entry.bye', 'sms.pay.discreet'])
      expect(texts.isPersonal('en', key), key).toBe(['pay.ready', 'grv.state'].includes(key));
    expect(texts.isPersonal('en', 'no.such.text')).toBe(false);
  });
});

describe("a profile's wording", () => {
  const own = {
    ...demo,
    wording: {
      en: {
        'nav.back': 'Go back',
        'entry.bye': 'Bye from {{svc}}: {{code}} or call {{hot}}.',
        'own.text': 'New',
      },
    },
  };
  const texts = createTexts(locales, own, () => true);

  it('takes the place of ours, in its language only', () => {
    expect(texts.text('en', 'nav.back')).toBe('Go back');
    expect(texts.text('fr', 'nav.back')).toBe('Retour');
    expect(texts.text('en', 'entry.bye')).toBe('Bye from Wasl: *384*1747# or call 1747.');
    expect(texts.has('en', 'own.text')).toBe(true);
    expect(texts.has('fr', 'own.text')).toBe(false);
  });

  it('follows the voice line as ours does', () => {
    expect(createTexts(locales, own, () => false).text('en', 'entry.bye')).toBe('Bye from Wasl: *384*1747#.');
  });

  it('leaves the other deployment as it was', () => {
    expect(createTexts(locales, demo, () => true).text('en', 'nav.back')).toBe('Back');
  });
});

it('offers the languages of the profile', () => {
  expect(createTexts(locales, demo, () => true).languages).toEqual(['ar', 'en', 'fr']);
  const two = { ...demo, languages: { default: 'fr', offered: ['fr', 'en'] } };
  const texts = createTexts(locales, two, () => true);
  expect(texts.has('ar', 'nav.back')).toBe(false);
});
