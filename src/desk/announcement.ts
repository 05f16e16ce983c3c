/** A line from the supervisors to everybody at work ("pay point Saida closed, say Tyre"), over every page until it ends. */
import { z } from 'zod';
import { recordAudit } from '../privacy/audit.ts';
import type { Tx } from '../store/database.ts';
import { readSetting, writeSetting } from '../store/settings.ts';
import { readWords, type WordsRefused } from './words.ts';

const SETTING = 'announcement';

export const MAX_ANNOUNCEMENT = 200;

/** After this it is news to nobody. */
export const ANNOUNCEMENT_HOURS = [1, 4, 12, 48] as const;

const schema = z.object({ text: z.string(), until: z.iso.datetime() });

export type Announcement = { text: string; until: Date };

/** What is announced now, if anything. */
export async function readAnnouncement(tx: Tx, at: Date): Promise<Announcement | undefined> {
  const kept = await readSetting(tx, SETTING, schema);
  if (!kept || kept.text === '') return undefined;
  const until = new Date(kept.until);
  return until > at ? { text: kept.text, until } : undefined;
}

/** In the place of what was announced before. Everybody reads it: nothing about a person belongs there. */
export async function announce(
  tx: Tx,
  { text, hours, by, at }: { text: string; hours: number; by: string; at: Date },
): Promise<{ ok: true } | { ok: false; why: WordsRefused }> {
  const words = readWords(text, MAX_ANNOUNCEMENT);
  if (!words.ok) return words;
  const until = new Date(at.getTime() + hours * 3_600_000).toISOString();
  await writeSetting(tx, { name: SETTING, value: { text: words.text, until }, by, at });
  await recordAudit(tx, { actor: by, action: 'announced', details: { hours }, at });
  return { ok: true };
}

export async function endAnnouncement(tx: Tx, { by, at }: { by: string; at: Date }): Promise<void> {
  await writeSetting(tx, { name: SETTING, value: { text: '', until: at.toISOString() }, by, at });
  await recordAudit(tx, { actor: by, action: 'announcement_ended', at });
}
