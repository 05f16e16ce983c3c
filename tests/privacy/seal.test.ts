/** Sealed values open only with their key, in their place, unaltered. */
import { createSecretKey, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { Personal } from '../../src/privacy/personal.ts';
import { open, seal, SealBroken } from '../../src/privacy/seal.ts';

const key = createSecretKey(randomBytes(32));

test.each(['', 'Rima', 'ريما حداد', 'x'.repeat(100_000)])('what was sealed opens again (%#)', (text) => {
  expect(open(key, seal(key, text, 'person'), 'person').toString('utf8')).toBe(text);
});

test('bytes open as the same bytes', () => {
  const bytes = randomBytes(257);
  expect(open(key, seal(key, bytes, 'person'), 'person')).toEqual(bytes);
});

test('the same value never looks the same twice, nor contains itself', () => {
  const sealed = Array.from({ length: 2_000 }, () => seal(key, 'Rima Haddad', 'person').toString('hex'));
  expect(new Set(sealed).size).toBe(2_000);
  expect(sealed.some((hex) => hex.includes(Buffer.from('Rima').toString('hex')))).toBe(false);
});

test('every altered byte is refused', () => {
  const sealed = seal(key, 'Rima', 'person');
  for (let position = 0; position < sealed.length; position++) {
    const altered = Buffer.from(sealed);
    altered[position] = (altered[position] ?? 0) ^ 1;
    expect(() => open(key, altered, 'person')).toThrow(SealBroken);
  }
});

test('every shortened value is refused', () => {
  const sealed = seal(key, 'Rima', 'person');
  for (let length = 0; length < sealed.length; length++) {
    expect(() => open(key, sealed.subarray(0, length), 'person')).toThrow(SealBroken);
  }
});

test('another context or another key does not open it', () => {
  const sealed = seal(key, 'Rima', 'person');
  expect(() => open(key, sealed, 'case')).toThrow(SealBroken);
  expect(() => open(createSecretKey(randomBytes(32)), sealed, 'person')).toThrow(SealBroken);
});

test('a personal value prints as asterisks wherever it is printed', () => {
  const phone = new Personal('+96170000001');
  const printed = [
    String(phone),
    phone.toString(),
    JSON.stringify({ phone }),
    inspect({ phone }, { showHidden: true, depth: 9 }),
    JSON.stringify(Object.entries(phone)),
  ];
  expect(printed.join(' ')).not.toContain('70000001');
  expect(printed.join(' ')).toContain('***');
  expect(phone.reveal()).toBe('+96170000001');
});
