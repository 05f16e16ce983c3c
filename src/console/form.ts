/** What was posted, as plain text: one value a name, without what hides or turns text. */
import type { Request } from 'express';

export type PostedForm = {
  /** The trimmed value, or '' when it is absent. Line breaks are \n. */
  text: (name: string) => string;
  /** The value as typed: for passwords. */
  raw: (name: string) => string;
  all: (name: string) => string[];
  has: (name: string) => boolean;
};

/** Controls (but tab and line feed), and the marks that overrule the direction of text: a reader would be deceived. */
const DECEIVING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufeff]/g;

export function cleanText(value: string): string {
  return value.replace(/\r\n?/g, '\n').replace(DECEIVING, '').normalize('NFC').trim();
}

export function formOf(req: Request): PostedForm {
  const body = (req.body ?? {}) as Record<string, unknown>;
  const all = (name: string): string[] => {
    const value = Object.hasOwn(body, name) ? body[name] : undefined;
    return (Array.isArray(value) ? value : [value]).filter((one): one is string => typeof one === 'string');
  };
  return {
    text: (name) => cleanText(all(name)[0] ?? ''),
    raw: (name) => all(name)[0] ?? '',
    all: (name) => all(name).map(cleanText),
    has: (name) => all(name).length > 0,
  };
}

/** One value of the address's query; '' when it is absent or comes twice. */
export function queryOf(req: Request, name: string): string {
  const value = req.query[name];
  return typeof value === 'string' ? value : '';
}
