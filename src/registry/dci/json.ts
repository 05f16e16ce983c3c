/** Reads JSON of registries that do not keep to their own schema: every reader gives something, none throws. */

export type Json = Record<string, unknown>;

/** An object, or an empty one. */
export function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

/** A list; one value that should have been a list is a list of one. */
export function listOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  return value === undefined || value === null ? [] : [value];
}

/** A text; numbers are written out, blanks are nothing. */
export function textOf(value: unknown): string | null {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}

/** The first text among several spellings of one field. */
export function firstText(from: Json, ...names: string[]): string | null {
  for (const name of names) {
    const found = textOf(from[name]);
    if (found !== null) return found;
  }
  return null;
}

/** An ISO date at the start of a text; null for anything else. */
export function dateOf(value: unknown): string | null {
  const [date] = /^\d{4}-\d{2}-\d{2}/.exec(textOf(value) ?? '') ?? [];
  return date !== undefined && !Number.isNaN(Date.parse(date)) ? date : null;
}

/** `additional_attributes`: names in small letters, first come first. */
export function attributesOf(...holders: Json[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const holder of holders) {
    for (const one of listOf(holder['additional_attributes']).map(objectOf)) {
      const name = firstText(one, 'attribute_name', 'name', 'key')?.toLowerCase();
      const value = firstText(one, 'attribute_value', 'value');
      if (name !== undefined && value !== null && !found.has(name)) found.set(name, value);
    }
  }
  return found;
}
