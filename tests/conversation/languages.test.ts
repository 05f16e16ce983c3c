/** What people write in the further languages: understood where the language is offered, and nothing to the others. */
import { describe, expect, it } from 'vitest';
import { compileKeywords, wordCount } from '../../src/conversation/keywords.ts';
import { detectLanguage } from '../../src/conversation/normalize.ts';
import { readKeywords } from '../../src/locales.ts';

const data = readKeywords();
const CORE = ['ar', 'en', 'fr'];
const FURTHER = ['es', 'id', 'pt', 'ru', 'tr', 'uz', 'zh'];

describe.each([
  ['pt', 'Olá, não recebi', 'payment'],
  ['pt', 'ele me bateu ontem na rua', 'danger'],
  ['pt', 'Quero recorrer', 'appeal'],
  ['es', 'Hola, no cobré', 'payment'],
  ['es', 'Me pidieron plata en la oficina para darme la tarjeta', 'bribe'],
  ['es', 'mi jefe me amenaza todos los días', 'danger'],
  ['tr', 'Merhaba, param yatmadı', 'payment'],
  ['tr', 'ŞİKAYET', 'complaint'],
  ['tr', 'kocam beni dövüyor', 'danger'],
  ['id', 'Kapan uang saya cair?', 'payment'],
  ['id', 'petugas minta uang', 'bribe'],
  ['id', 'saya dipukul suami', 'danger'],
  ['uz', "to'lovim", 'payment'],
  ['uz', 'toʻlovim', 'payment'],
  ['uz', 'tolovim', 'payment'],
  ['uz', 'шикоят', 'complaint'],
  ['ru', 'Где мои деньги?', 'payment'],
  ['ru', 'меня бьет муж', 'danger'],
  ['ru', 'Моя заявка', 'status'],
  ['zh', '我要投诉村干部', 'complaint'],
  ['zh', '他打我', 'danger'],
  ['zh', '没收到钱', 'payment'],
  ['zh', '什么时候发钱？', 'payment'],
] as const)('in %s %j', (language, text, intent) => {
  it(`is ${intent} where it is offered`, () => {
    expect(compileKeywords(data, [language])(text)?.intent).toBe(intent);
  });

  it('is not read where it is not', () => {
    expect(compileKeywords(data, CORE)(text)?.intent).not.toBe(intent);
  });
});

describe('stop', () => {
  it('is heard in every language, whatever is offered', () => {
    const read = compileKeywords(data, ['en']);
    for (const language of [...CORE, ...FURTHER])
      for (const word of data.alone.stop?.[language] ?? []) expect(read(word)?.intent, word).toBe('stop');
  });
});

it('every language has words for every intent, and a name', () => {
  for (const section of [data.anywhere, data.alone, data.opening, data.answers])
    for (const [intent, byLanguage] of Object.entries(section))
      for (const language of FURTHER)
        expect(byLanguage[language], `${intent} ${language}`).not.toHaveLength(0);
  for (const language of FURTHER) expect(data.languages[language]).not.toHaveLength(0);
});

it.each(['打我电话', '通话被打断了', 'sem problema', 'sorun yok', 'нет проблем', '没问题'])(
  '%j looks like a keyword and is none',
  (text) => {
    expect(compileKeywords(data)(text)?.intent).not.toBe('danger');
    expect(compileKeywords(data)(text)?.intent).not.toBe('complaint');
  },
);

it('counts two Chinese characters as a word', () => {
  expect(wordCount('我要投诉')).toBe(2);
  expect(wordCount('我的 SMS')).toBe(2);
});

describe('the language of a message', () => {
  it.each([
    ['Olá, ainda não recebi o meu dinheiro', 'pt'],
    ['Hola, todavía no cobré mi dinero', 'es'],
    ['Merhaba, bu ay para yatmadı', 'tr'],
    ['Kapan uang saya ada?', 'id'],
    ["Mening to'lovim qachon?", 'uz'],
    ['Где мои деньги?', 'ru'],
    ['Тўлов қачон?', 'uz'],
    ['我还没有收到钱', 'zh'],
    ["Bonjour, je n'ai rien reçu", 'fr'],
    ['When will I get my money?', 'en'],
  ])('%j is %s', (text, language) => {
    expect(detectLanguage(text, [...CORE, ...FURTHER])).toBe(language);
  });

  it('is not guessed among languages that nobody offers', () => {
    expect(detectLanguage('Kapan uang saya ada?')).toBeUndefined();
    expect(detectLanguage('Тўлов қачон', ['uz'])).toBe('uz');
    expect(detectLanguage('Пул келмади', ['uz'])).toBe('uz');
  });
});
