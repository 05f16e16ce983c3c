/** Numbers of documents: real check digits are accepted, a slip of the finger is not, and nothing unknown is refused. */
import { describe, expect, it } from 'vitest';
import { canBeDocument, documentRule } from '../../src/profiles/documents.ts';

const rule = (digits: number | number[], check: 'luhn' | 'tc' | 'nis' | 'cpf' | 'ci' | 'nik' | 'cn_id') =>
  documentRule({ type: 'id', digits, check });

describe.each([
  ['a South African identity number', rule(13, 'luhn'), '8001015009087', '8001015009078'],
  ['a Turkish T.C. number', rule(11, 'tc'), '10000000146', '10000000164'],
  ['a Brazilian NIS', rule(11, 'nis'), '17033259504', '17033259540'],
  ['a Brazilian CPF', rule(11, 'cpf'), '52998224725', '52998224752'],
  ['a Uruguayan cédula', rule(8, 'ci'), '12345672', '12345627'],
  ['an Indonesian NIK', rule(16, 'nik'), '3171015708900001', '3171015713900001'],
  ['a Chinese identity number', rule([17, 18], 'cn_id'), '440524188001010014', '440524188001010041'],
])('%s', (_, document, right, wrong) => {
  it('is told from a slip of the finger', () => {
    expect(canBeDocument([document], right)).toBe(true);
    expect(canBeDocument([document], wrong)).toBe(false);
  });

  it('refuses no number of another length: it may be a family file', () => {
    expect(canBeDocument([document], '123456')).toBe(true);
  });

  it('refuses nothing where another document may look like anything', () => {
    expect(canBeDocument([document, documentRule('passport')], wrong)).toBe(true);
  });
});

it('takes a Chinese number whose last X cannot be typed', () => {
  expect(canBeDocument([rule([17, 18], 'cn_id')], '11010519491231002')).toBe(true);
});
