/** Fields that several calls share, and what is taken out of words before they are kept. */
import { z } from 'zod';
import { parsePhone } from '../channels/phone.ts';
import { maskSecrets } from '../conversation/secrets.ts';
import { SOURCE } from './tokens.ts';
import { refusedField } from './problem.ts';

/** A citizen's or officer's words; what a complaint form takes, and a screen can still show. */
const MAX_TEXT = 8_000;

export const sourceField = z
  .string()
  .regex(SOURCE, 'letters, digits, dots, dashes and underscores, at most 64')
  .refine((source) => source !== 'citizen', 'citizen is the name of our own dialogs')
  .describe('The system that sends it, by the name agreed with the operator');

export const externalIdField = z
  .string()
  .min(1)
  .max(200)
  .regex(/^\P{C}*$/u, 'must not hold control characters')
  .describe('The id in the system that sends it');

export const textField = z.string().min(1).max(MAX_TEXT);

export const codeField = z.string().regex(/^[a-z0-9][a-z0-9_.-]{0,63}$/, 'a short code in lower case');

export const timeField = z.iso
  .datetime({ offset: true, error: 'must be a date-time of RFC 3339 with its offset' })
  .transform((text) => new Date(text))
  .describe('RFC 3339');

/** E.164, or 422 at /phone. Phones never stand in an address, where logs would keep them. */
export function readPhone(phone: string, country: string): string {
  const number = parsePhone(phone, country);
  if (number === undefined)
    throw refusedField('/phone', 'is no telephone number; send it as +<country><number>');
  return number;
}

const MINUTES_AHEAD = 5;

/** When it happened; clocks differ by minutes, not more. */
export function momentOf(occurredAt: Date | null | undefined, now: Date): Date {
  if (!occurredAt) return now;
  if (occurredAt.getTime() > now.getTime() + MINUTES_AHEAD * 60_000)
    throw refusedField('/occurred_at', 'lies ahead; check the clock of the system that sends it');
  return occurredAt;
}

/** Words as they may be kept: without document numbers, and without marks that hide or turn what is read. */
export function safeText(text: string): string {
  const plain = text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/gu, '');
  return maskSecrets(plain.trim()).text;
}
