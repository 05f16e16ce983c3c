/** Complaint numbers: 8 digits a person can key in on any phone, the last of them a check digit. */
import { randomInt } from 'node:crypto';
import { toLatinDigits } from '../conversation/normalize.ts';

const LENGTH = 8;

/**
 * Damm's quasigroup of order 10 (H. M. Damm, 2004), row by row: finds every wrong digit and every swap of neighbours,
 * the slips people make when they copy a number.
 */
const DAMM = [
  '0317598642',
  '7092154863',
  '4206871359',
  '1750983426',
  '6123045978',
  '3674209581',
  '5869720134',
  '8945362017',
  '9438617205',
  '2581436790',
].map((row) => Array.from(row, Number));

/** The check digit for a run of Latin digits; 0 for a run that already ends in its own. */
function checkDigit(digits: string): number {
  let interim = 0;
  for (let i = 0; i < digits.length; i++) interim = DAMM[interim]?.[digits.charCodeAt(i) - 48] ?? -1;
  return interim;
}

/**
 * A new complaint number, not yet checked against those in use. Random, so that a number says nothing about how many
 * came before it; no leading zero, so that spreadsheets keep it whole.
 * @param random a number from `min` up to, not including, `max`
 */
export function newReference(random: (min: number, max: number) => number = randomInt): string {
  const digits = String(random(10 ** (LENGTH - 2), 10 ** (LENGTH - 1)));
  return digits + String(checkDigit(digits));
}

/** A complaint number as stored, from what was typed: Latin digits, without the spaces and dashes people add. */
export function readReference(text: string): string {
  return toLatinDigits(text).replace(/[\s\p{Pd}\p{Cf}]+/gu, '');
}

/**
 * Whether what was typed can be a complaint number, known without asking the database. `length`: not 8 digits;
 * `digit`: 8 digits of which at least one is wrong.
 */
export function checkReference(text: string): 'ok' | 'length' | 'digit' {
  const digits = readReference(text);
  if (!/^[0-9]{8}$/.test(digits)) return 'length';
  return checkDigit(digits) === 0 ? 'ok' : 'digit';
}
