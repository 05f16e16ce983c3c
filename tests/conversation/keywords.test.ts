import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Intent, KeywordData } from '../../src/conversation/keywords.ts';
import { compileAccusations, compileKeywords, wordCount } from '../../src/conversation/keywords.ts';
import { normalize } from '../../src/conversation/normalize.ts';

const data = JSON.parse(
  readFileSync(new URL('../../locales/keywords.json', import.meta.url), 'utf8'),
) as KeywordData;
const matchIntent = compileKeywords(data);
const accuses = compileAccusations(data);
const intentOf = (text: string): Intent | undefined => matchIntent(text)?.intent;

/** Every keyword of the lists with the intent it must give. */
const keywords = [data.anywhere, data.alone, data.opening, data.short].flatMap((section) =>
  Object.entries(section).flatMap(([intent, byLanguage]) =>
    Object.values(byLanguage)
      .flat()
      .map((keyword) => ({ keyword, intent })),
  ),
);

describe('the word lists', () => {
  it('give each word to one intent, and are found by it', () => {
    for (const { keyword, intent } of keywords) {
      expect(matchIntent(keyword), keyword).toMatchObject({ intent, exact: true });
      expect(matchIntent(` ${keyword.toUpperCase()}!! `), keyword).toMatchObject({ intent, exact: true });
    }
  });

  it('name each language', () => {
    for (const [language, names] of Object.entries(data.languages))
      for (const name of names)
        expect(matchIntent(name), name).toEqual({ intent: 'language', rest: '', exact: true, language });
  });

  it('hold nothing that disappears when compared', () => {
    const all = keywords.map(({ keyword }) => keyword).concat(data.greeting, data.ignore);
    for (const keyword of all) expect(normalize(keyword), keyword).not.toBe('');
  });

  it.each<[Intent, string[]]>([
    [
      'status',
      ['status', 'my name', 'list', 'accepted', 'situation', 'statut', 'dossier', 'liste', 'mon nom'],
    ],
    [
      'status',
      [
        'حالتي',
        'طلبي',
        'شو صار',
        'طلع اسمي',
        'شصار',
        'وين وصلت معاملتي',
        'isim tai',
        '7alti',
        'talabi',
        'sho sar',
      ],
    ],
    [
      'payment',
      [
        'payment',
        'money',
        'cash',
        'when',
        'paiement',
        'argent',
        'bourse',
        'touché',
        "l'argent n'est pas tombé",
      ],
    ],
    [
      'payment',
      [
        'دفعة',
        'مساعدة',
        'حوالة',
        'راتب',
        'مصاري',
        'قبضت',
        'ما نزل',
        'فلوس',
        'راتب الرعاية',
        'gurush',
        'gurus',
      ],
    ],
    ['payment', ['masari', '2abadt', 'flous', 'rateb']],
    [
      'complaint',
      ['complaint', 'problem', 'complain', 'plainte', 'réclamation', 'problème', 'شكوى', 'مشكلة', 'تظلم'],
    ],
    ['complaint', ['بدي اشتكي', 'عندي شكوه', 'mushkila', 'shakwa', 'meshkle', 'mochkil']],
    [
      'bribe',
      [
        'bribe',
        'asked money',
        'fee',
        'pot-de-vin',
        'gombo',
        "on demande l'argent",
        'رشوة',
        'عمولة',
        'طلب مالا',
      ],
    ],
    ['bribe', ['خوة', 'بدهم مصاري', 'يريدون فلوس', 'rashwe', '5owe']],
    [
      'appeal',
      ['appeal', 'refused', 'rejected', 'recours', 'refusé', 'contester', 'اعتراض', 'رفض', 'استئناف'],
    ],
    ['appeal', ['رفضوني', 'طلعت فوق خط الفقر', 'e3terad', 'rafadouni']],
    [
      'call',
      [
        'call',
        'call me',
        'agent',
        'rappel',
        'appelez',
        'اتصال',
        'اتصلوا',
        'موظف',
        'حكوني',
        'خابروني',
        'e7kouni',
      ],
    ],
    ['call', ['dugu telefon']],
    [
      'update',
      [
        'change',
        'moved',
        'born',
        'died',
        'changer',
        'déménagé',
        'naissance',
        'décès',
        'تغيير',
        'انتقلت',
        'na2alt',
      ],
    ],
    [
      'stop',
      [
        'STOP',
        'ARRET',
        'ARRÊT',
        'STOPALL',
        'UNSUBSCRIBE',
        'END',
        'QUIT',
        'CANCEL',
        'قف',
        'توقف',
        'أوقف',
        'إلغاء',
      ],
    ],
    ['stop', ['الغاء الاشتراك', 'desabonner', 'ARRETER', 'stop stop']],
    ['start', ['START', 'YES', 'OUI', 'نعم', 'ابدأ']],
    [
      'danger',
      ['rape', 'hit', 'threat', 'abuse', 'touch', 'viol', 'frappé', 'menace', 'harcèlement', 'اغتصاب', 'ضرب'],
    ],
    ['danger', ['تهديد', 'تحرش', 'عم يهددني', 'هددني', 'ta7aroch']],
    ['help', ['help', 'AIDE', 'hello', 'Bonjour', 'السلام عليكم', 'salam']],
  ])('read as %s: %j', (intent, texts) => {
    for (const text of texts) expect(intentOf(text), text).toBe(intent);
  });
});

describe('a command', () => {
  it.each<[string, Intent, string]>([
    ['STATUS 12345678', 'status', '12345678'],
    ['status12345678', 'status', '12345678'],
    ['حالتي ٤٨٢١٧٧٣٩', 'status', '٤٨٢١٧٧٣٩'],
    ['COMPLAINT they asked me for money', 'complaint', 'they asked me for money'],
    ['Plainte: on m’a pris la carte d’Été', 'complaint', 'on m’a pris la carte d’Été'],
    ['شكوى: لم أستلم المساعدة منذ شهرين', 'complaint', 'لم أستلم المساعدة منذ شهرين'],
    ['والشكوى لم أستلم المساعدة منذ شهرين', 'complaint', 'لم أستلم المساعدة منذ شهرين'],
    ['Track 4821-7739', 'track', '4821-7739'],
    ['dossier', 'status', ''],
    ['Hello, please call me tomorrow', 'call', 'tomorrow'],
    [
      'bribe the man at the pay point took twenty dollars from each of us today',
      'bribe',
      'the man at the pay point took twenty dollars from each of us today',
    ],
  ])('%j is %s with the rest as written', (text, intent, rest) => {
    expect(matchIntent(text)).toEqual({ intent, rest, exact: true });
  });

  it.each<[string, Intent, string]>([
    ['my paymnt', 'payment', ''],
    ['stauts', 'status', ''],
    ['complant', 'complaint', ''],
    ['المشكله', 'complaint', ''],
    ['48217739 status', 'status', '48217739'],
    ['وين دفعاتي؟', 'payment', ''],
  ])('in a short message may be misspelt or late: %j', (text, intent, rest) => {
    expect(matchIntent(text)).toMatchObject({ intent, rest });
  });

  it('says when it was not written plainly', () => {
    expect(matchIntent('stauts')?.exact).toBe(false);
    expect(matchIntent('my payment when')?.exact).toBe(true);
    expect(matchIntent('old payment')?.exact).toBe(false);
  });

  it('is the longer phrase of two', () => {
    expect(intentOf('agent asked money')).toBe('bribe');
    expect(intentOf('stop asking money')).toBe('bribe');
  });

  it('in Arabizi is known by its consonants', () => {
    for (const text of ['7alty', '7aalti', 'e7kouné', '2e7kouni', 'na2alet', 'ta7arosh'])
      expect(intentOf(text), text).toBeDefined();
    expect(intentOf('7aflet')).toBeUndefined();
    for (const text of ['3rd', '2eme', '5kg', 'b2b', '7', '22']) expect(intentOf(text), text).toBeUndefined();
  });
});

describe('what is no command', () => {
  it.each([
    '',
    ' ',
    '👍',
    '1',
    '٣',
    '0',
    '48217739',
    '5000',
    'blue sky',
    'Rima Haddad',
    'stop the agent from asking money',
    'Yes I was there and saw it',
    'I want my money',
    'Money was taken from my card by the shop',
    'agent took my card and never came back',
    'my name is Rima and they asked me for money',
    'we have received nothing since the month of March',
    'status of the road is bad and the agent did not come to our village this month',
    'very urgent',
    'no problem',
    'child bride',
    'pas de problème merci',
    'help me get my money please now',
    'fr',
  ])('%j', (text) => {
    expect(matchIntent(text)).toBeUndefined();
  });
});

describe('danger', () => {
  it.each([
    'STATUS 12345678 the agent hit my sister',
    'stop, he threatened me',
    "L'agent me menace depuis une semaine, je ne sais pas quoi faire",
    'الموظف عم يهددني كل يوم ولا أعرف ماذا أفعل',
    'تعرضت للتحرش من الموظف',
    'وبالضرب والتهديد',
    'انا أَتعرّض للضَّرب',
    'he asked me for sex before giving the card',
    'HIT',
    'l mouwazzaf ta7arash fiye',
  ])('wins over everything: %j', (text) => {
    expect(matchIntent(text)).toEqual({ intent: 'danger', rest: text.trim(), exact: true });
  });

  it.each([
    'I will keep in touch with you about it',
    'White house on the hill, architecture and therapeutic care',
    "J'ai touché mon argent hier matin au bureau",
    'مضاربات وضريبة ومعنفات',
    'ما هي الجنسية المطلوبة للتسجيل',
  ])('is not read into %j', (text) => {
    expect(intentOf(text)).not.toBe('danger');
  });

  it('is found wherever it stands', () => {
    const filler = fc.array(fc.constantFrom('status', 'stop', 'the', 'وقف', 'شكوى', '12345678', ',', 'x'), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(
        filler,
        fc.constantFrom('raped', 'viol', 'والاغتصاب', 'ta7aroch'),
        filler,
        (before, word, after) => {
          expect(intentOf([...before, word, ...after].join(' '))).toBe('danger');
        },
      ),
    );
  });
});

describe('opting out', () => {
  it('needs the whole message', () => {
    const word = fc.constantFrom(
      'stop',
      'STOP',
      'arrêt',
      'توقف',
      'end',
      'cancel',
      'start',
      'yes',
      'نعم',
      'help',
      'english',
    );
    fc.assert(
      fc.property(word, fc.constantFrom('the road', 'card 5', 'الطريق', 'x'), (keyword, more) => {
        expect(['stop', 'start', 'help', 'language']).toContain(intentOf(`${keyword} .`));
        expect(['stop', 'start', 'help', 'language']).not.toContain(intentOf(`${keyword} ${more}`));
        expect(['stop', 'start', 'help', 'language']).not.toContain(intentOf(`${more} ${keyword}`));
      }),
    );
  });

  it('is never a misspelling', () => {
    for (const text of ['stp', 'shop', 'cancle', 'unsubscribee', 'وقفت'])
      expect(intentOf(text), text).toBeUndefined();
  });
});

describe('any text at all', () => {
  it('has a rest that was written, and the words it seems to have', () => {
    const token = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 6 }),
      fc.constantFrom(...keywords.map(({ keyword }) => keyword)),
    );
    fc.assert(
      fc.property(fc.array(token, { maxLength: 6 }), (tokens) => {
        const text = tokens.join(' ');
        const match = matchIntent(text);
        if (match) expect(text).toContain(match.rest);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is counted in words', () => {
    expect(wordCount('')).toBe(0);
    expect(wordCount(' ... 👍')).toBe(0);
    expect(wordCount("L’argent n'est pas tombé!")).toBe(4);
    expect(wordCount('لم أستلم، المساعدة')).toBe(3);
  });

  it('is read quickly, however long', () => {
    const started = performance.now();
    for (const unit of ['stop ', '2a', 'و', 'asked money ', '7alti ', 'in touch '])
      matchIntent(unit.repeat(5_000));
    expect(performance.now() - started).toBeLessThan(3_000);
  });
});

describe('a question of more than three words', () => {
  it.each([
    ['When is my payment?', 'payment'],
    ['when do I get the money', 'payment'],
    ['Quand est mon paiement ?', 'payment'],
    ['متى موعد دفعة هذا الشهر؟', 'payment'],
    ['What about my status this month?', 'status'],
  ])('%s', (text, intent) => {
    expect(matchIntent(text)).toMatchObject({ intent, rest: '', exact: false });
  });

  it.each([
    'Why did the officer ask me for money at the office?',
    'When will somebody look at my complaint about payment?',
    'When the agent came he asked money from us',
    'did you get my message yesterday?',
  ])('that tells more is left to people: %s', (text) => {
    expect(matchIntent(text)).toBeUndefined();
  });
});

describe('a story', () => {
  it.each([
    "L'agent m'a demandé de l'argent pour me donner ma carte",
    'Yesterday the office told me to pay 20 dollars for the form',
    'badde eshtike 3a lmowazaf bil maktab',
    'stop the agent from asking money',
    'الموظف طلب مني مصاري مبارح',
    'they asked me for money',
  ])('%j accuses somebody of the programme', (text) => {
    expect(accuses(text)).toBe(true);
  });

  it.each([
    'My payment is missing since May',
    'ما وصلت الدفعة من شهرين',
    'We moved to another town last week',
  ])('%j accuses nobody', (text) => {
    expect(accuses(text)).toBe(false);
  });

  it.each([
    'My payment is missing since May',
    'my payment did not come in october',
    'mon paiement a du retard encore',
  ])('%j is a complaint, not a question', (text) => {
    expect(matchIntent(text)).toMatchObject({ intent: 'complaint', rest: text });
  });

  it.each(['my payment for this month please', 'what is my status please'])('%j is none', (text) => {
    expect(matchIntent(text)?.intent).not.toBe('complaint');
  });
});

it.each([
  ['HELP', 'en'],
  ['ARRET', 'fr'],
  ['aide', 'fr'],
  ['قف', 'ar'],
  ['na3am', 'ar'],
])('%j by itself shows its language: %s', (text, language) => {
  expect(matchIntent(text)?.saidIn).toBe(language);
});
