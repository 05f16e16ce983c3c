/** The words of 10,000 invented notices with their real values: discreet ones say nothing, all fit and promise nothing. */
import { expect, it } from 'vitest';
import { broadcastWords, DISCREET, paymentNews, type PaymentRow } from '../../src/campaigns/words.ts';
import { BROADCASTS } from '../../src/campaigns/campaign.ts';
import { readLocales } from '../../src/locales.ts';
import type { Said } from '../../src/payments/news.ts';
import { segments } from '../../src/render/measure.ts';
import { createTexts } from '../../src/render/texts.ts';
import { NOON, profile as demo } from './support.ts';

const PEOPLE = 10_000;
const HOTLINE = '1860';
/** A hotline that is not also in the code to dial: where it is printed, the hotline is meant. */
const profile = { ...demo, hotline: { ...demo.hotline, number: HOTLINE } };
let isUp = true;
const texts = createTexts(readLocales(), profile, () => isUp);

/** The same people at each run: a failure can be looked at again. */
function invent(seed: number) {
  let state = seed;
  const next = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  return { next, pick: <T>(list: readonly T[]): T => list[next(list.length)] as T };
}
const { next, pick } = invent(20_261_122);

const STATUSES = [
  'ready',
  'paid',
  'collected',
  'late',
  'failed',
  'returned',
  'cancelled',
  'on_hold',
  'sent',
  'scheduled',
] as const;
const CURRENCIES = ['USD', 'LBP'] as const;
const PLACES = [
  null,
  'Tripoli',
  'Main post office',
  'Bureau de poste Fürn el-Chebbak',
  'مكتب بريد طرابلس',
  'صيدا',
  'OMT Jbeil',
  'Saïda « centre »',
];
const NAMES = ['Rima', 'Haddad', 'Zeinab', 'Khoury', 'ريما', 'حداد', 'زينب', 'Élodie', 'Abou Jaoudé'];
const day = (from: number) =>
  new Date(NOON.getTime() + (from + next(40)) * 86_400_000).toISOString().slice(0, 10);

function person() {
  const amount = pick(['0', '25', '45.50', '145.00', '165', '9999.99', '2500000', String(1 + next(5_000))]);
  const row: PaymentRow = {
    status: pick(STATUSES),
    amount: next(20) === 0 ? null : amount,
    currency: next(5) === 0 ? null : pick(CURRENCIES),
    from_date: next(5) === 0 ? null : day(-20),
    until_date: next(4) === 0 ? null : day(0),
    place: pick(PLACES),
    status_date: next(4) === 0 ? null : day(-40),
  };
  const { from_date: from, until_date: until, place } = row;
  const was = { amount: '25.00', ...(row.currency === null ? {} : { currency: row.currency }) };
  const before = { ...(from === null ? {} : { from }), ...(until === null ? {} : { until }) };
  const last: Said | undefined =
    next(2) === 0
      ? undefined
      : { status: pick(STATUSES), facts: { ...was, ...before, ...(place === null ? {} : { place }) } };
  return {
    ...{ row, last, language: pick(['ar', 'en', 'fr']), area: pick([null, 'BEY-01', 'NOR-02', 'XX']) },
    names: [pick(NAMES), pick(NAMES)],
    programme: pick(Object.keys(profile.programmes)),
    phone: `+9617${String(next(10_000_000)).padStart(7, '0')}`,
  };
}

/** What is wrong with a text that would leave as it stands. */
function faults(language: string, text: string): string[] {
  const parts = segments(text).segments;
  const promise =
    /We never ask your PIN|We never ask for PIN|nous ne demandons jamais (votre|de) (PIN|code)|لا نطلب (منك )?(الرقم السري|رمزك|رمز[^.]*)/gi;
  return [
    parts > (language === 'ar' ? 2 : 1) ? `${parts} parts: ${text}` : '',
    /\{\{|undefined|null|NaN/.test(text) ? 'an empty place' : '',
    /https?:|www\.|\b[\w-]+\.(com|org|net|lb|ly)\b/i.test(text) ? 'a link' : '',
    /\bPIN\b|mot de passe|password|كلمة السر/i.test(text.replace(promise, '')) ? 'a PIN' : '',
    !isUp && text.includes(HOTLINE) ? 'a hotline that is down' : '',
  ].filter((fault) => fault !== '');
}

it('says nothing of a person to whoever else holds the phone, and fits, in every language', () => {
  const wrong = new Set<string>();
  const said = new Set<string>();
  const note = (language: string, key: string, found: readonly string[]) => {
    for (const fault of found) wrong.add(`${key} in ${language}: ${fault}`);
  };
  for (let n = 0; n < PEOPLE; n += 1) {
    isUp = next(3) > 0;
    const { row, last, language, area, names, programme, phone } = person();
    const discreet = texts.text(language, DISCREET.text, { facts: DISCREET.values });
    note(language, DISCREET.text, faults(language, discreet));
    const secrets = [
      ...names,
      programme,
      texts.item(language, 'programmes', programme),
      row.place,
      phone.slice(4),
    ];
    const told = secrets.filter((secret) => secret !== null && discreet.includes(secret));
    // Beside the number to call and the code to dial no digit at all: no amount, no date, no reference.
    const rest = discreet.replaceAll(profile.channels.ussd.code, '').replaceAll(HOTLINE, '');
    note(language, DISCREET.text, [
      ...told.map(() => 'a personal datum'),
      ...(/\p{N}/u.test(rest) ? ['a number'] : []),
    ]);
    const news = paymentNews(row, last, { profile, now: NOON, area });
    if (!news) continue;
    said.add(news.text);
    const full = texts.text(language, news.text, { facts: news.values });
    note(language, news.text, faults(language, full));
    // Not even to herself: messages are read over shoulders.
    if (names.some((name) => full.includes(name))) note(language, news.text, ['a name']);
  }
  expect([...wrong]).toEqual([]);
  expect([...said].sort()).toEqual([
    ...[
      'sms.pay.change',
      'sms.pay.collected',
      'sms.pay.credited',
      'sms.pay.discreet',
      'sms.pay.failed',
      'sms.pay.late',
    ],
    ...[
      'sms.pay.lateundated',
      'sms.pay.paid',
      'sms.pay.ready',
      'sms.pay.readyundated',
      'sms.pay.returned',
      'sms.pay.stopped',
    ],
  ]);
});

it.each([true, false])('holds broadcasts and questions to the same, hotline up: %s', (up) => {
  isUp = up;
  const wrong: string[] = [];
  for (const language of ['ar', 'en', 'fr']) {
    for (const { text } of BROADCASTS)
      for (const area of [null, 'BEY-01', 'NOR-02']) {
        const words = broadcastWords({ text, until: '2026-12-28' }, { key: null, profile, area });
        const body = texts.text(language, words.text, { facts: words.values });
        wrong.push(...faults(language, body).map((fault) => `${text} in ${language}: ${fault}`));
      }
    for (const amount of ['25', '9999.99', '2500000']) {
      const body = texts.text(language, 'sms.pay.confirm', { facts: { amt: { amount, currency: 'USD' } } });
      wrong.push(...faults(language, body).map((fault) => `sms.pay.confirm in ${language}: ${fault}`));
    }
  }
  expect(wrong).toEqual([]);
});
