/** Reads the words of all languages; a language is one file. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { KeywordData } from './conversation/keywords.ts';
import { localesDir } from './paths.ts';
import type { Locales } from './render/texts.ts';

const KEYWORDS = 'keywords.json';

export function readLocales(): Locales {
  const files = readdirSync(localesDir).filter((file) => file.endsWith('.json') && file !== KEYWORDS);
  return Object.fromEntries(
    files.map((file) => [
      path.basename(file, '.json'),
      withoutNotes(readJson(file) as Record<string, string>),
    ]),
  );
}

/** Keys that begin with `_` are notes to whoever edits the file (who reviewed it, for one), not texts. */
export function withoutNotes(file: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(file).filter(([key]) => !key.startsWith('_')));
}

export function readKeywords(): KeywordData {
  return readJson(KEYWORDS) as KeywordData;
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(path.join(localesDir, file), 'utf8'));
}
