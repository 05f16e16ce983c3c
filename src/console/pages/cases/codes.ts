/** Codes of cases in words: categories, units, reasons, steps. A profile may have codes of its own; those stand as they are. */
import type { Response } from 'express';
import type { CaseStatus } from '../../../grievances/lifecycle.ts';
import type { Tone } from '../../ui/parts.tsx';
import { visitOf } from '../../visit.ts';
import { LANGUAGES, wordsIn, type WordKey, type Words } from '../../words.ts';

type Group =
  | 'case.cat'
  | 'case.unit'
  | 'case.reason'
  | 'case.event'
  | 'case.channel'
  | 'case.need'
  | 'case.referral_state'
  | 'case.bad'
  | 'case.check'
  | 'case.enrolment'
  | 'case.attachment'
  | 'case.attachment_state'
  | 'board.kind'
  | 'board.call'
  | 'board.done'
  | 'board.step'
  | 'board.time'
  | 'board.who';

/** The word for a code, or the code. */
export function wordFor(t: Words, group: Group, code: string): string {
  const key = `${group}.${code}`;
  const word = t(key as WordKey);
  return word === key ? code : word;
}

/** A category by its code and in all three languages at once, for a field that finds it as one types. */
export function categoryNames(code: string): string {
  return LANGUAGES.map((language) => wordFor(wordsIn(language), 'case.cat', code)).join(' · ');
}

/** What was typed or chosen there: a code, or a line of `categoryNames`; undefined when it is neither. */
export function readCategory(typed: string, codes: readonly string[]): string | undefined {
  const wanted = typed.trim().toLowerCase();
  if (wanted === '') return undefined;
  const exact = codes.find((code) => code.toLowerCase() === wanted.split(' — ')[0]);
  if (exact !== undefined) return exact;
  const found = codes.filter((code) => categoryNames(code).toLowerCase().includes(wanted));
  return found.length === 1 ? found[0] : undefined;
}

export const STATUS_TONE: Readonly<Record<CaseStatus, Tone>> = {
  received: 'info',
  acknowledged: 'info',
  in_review: 'info',
  awaiting_citizen: 'wait',
  escalated: 'alarm',
  referred: 'wait',
  resolved: 'good',
  closed: 'plain',
  reopened: 'alarm',
  withdrawn: 'plain',
};

/** Who did a step: a name, or what else acts on cases. */
export function actorName(t: Words, actor: string, names: ReadonlyMap<string, string>): string {
  const name = names.get(actor);
  if (name !== undefined) return name;
  if (actor === 'citizen') return t('case.who.citizen');
  return t(actor === 'system' ? 'case.who.system' : 'case.who.other');
}

/** What a step was for: `upheld:payment_sent`, `unit:registry` and `A>B` hold two codes. */
export function reasonWords(t: Words, reason: string): string {
  const [first = '', second] = reason.split(/[:>]/);
  if (reason.startsWith('unit:')) return wordFor(t, 'case.unit', second ?? '');
  if (reason.includes('>'))
    return `${wordFor(t, 'case.cat', first)} → ${wordFor(t, 'case.cat', second ?? '')}`;
  if (second !== undefined)
    return `${t(`case.decision.${first}` as WordKey)}: ${wordFor(t, 'case.reason', second)}`;
  return wordFor(t, 'case.reason', reason);
}

/** The first page of this person, named in full: what is to be said there would be lost on a page that leads on. */
export function homeOf(res: Response): string {
  return `/console${visitOf(res).nav[0]?.href ?? '/account'}`;
}
