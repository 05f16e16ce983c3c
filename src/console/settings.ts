/** What a member of staff set for themselves: theme, shortcuts, language, whether they take contacts. */
import { z } from 'zod';
import type { Tx } from '../store/database.ts';
import { SHORTCUT_CODES, SHORTCUTS, type ShortcutSettings } from './shortcuts.ts';
import type { Theme } from './visit.ts';
import type { Language } from './words.ts';

export type Settings = { theme?: Theme | undefined; shortcuts: ShortcutSettings; ready: boolean };

const THEMES = ['auto', 'light', 'dark'] as const;

export function isTheme(value: unknown): value is Theme {
  return THEMES.some((theme) => theme === value);
}

/** Tolerant: what an older release wrote differently is left out, not refused. */
const stored = z.object({
  theme: z.enum(THEMES).optional().catch(undefined),
  shortcuts: z
    .object({ off: z.boolean().default(false), keys: z.record(z.string(), z.string()).default({}) })
    .catch({ off: false, keys: {} }),
});

export async function settingsOf(tx: Tx, staff: string): Promise<Settings> {
  const { rows } = await tx.query<{ settings: unknown; ready: boolean }>({
    name: 'console_settings_of',
    text: 'select settings, ready from staff where key = $1',
    values: [staff],
  });
  const [row] = rows;
  const { theme, shortcuts } = stored.parse(row?.settings ?? {});
  return { theme, shortcuts, ready: row?.ready ?? false };
}

export async function setTheme(tx: Tx, staff: string, theme: Theme): Promise<void> {
  await tx.query(
    `update staff set settings = settings || jsonb_build_object('theme', $2::text) where key = $1`,
    [staff, theme],
  );
}

export async function setLanguage(tx: Tx, staff: string, language: Language): Promise<void> {
  await tx.query('update staff set language = $2 where key = $1', [staff, language]);
}

export async function setReady(tx: Tx, staff: string, ready: boolean): Promise<void> {
  await tx.query('update staff set ready = $2 where key = $1', [staff, ready]);
}

/** Refused when two actions would have one key, or a key is not one of SHORTCUT_CODES. */
export async function setShortcuts(
  tx: Tx,
  staff: string,
  wanted: Required<ShortcutSettings>,
): Promise<boolean> {
  const codes = SHORTCUTS.map(({ name, code }) => wanted.keys[name] ?? code);
  const areKnown = codes.every((code) => SHORTCUT_CODES.includes(code));
  if (!areKnown || new Set(codes).size < codes.length) return false;
  const keys = Object.fromEntries(SHORTCUTS.map(({ name }, index) => [name, codes[index]]));
  await tx.query(
    `update staff set settings = settings || jsonb_build_object('shortcuts', $2::jsonb) where key = $1`,
    [staff, JSON.stringify({ off: wanted.off, keys })],
  );
  return true;
}
