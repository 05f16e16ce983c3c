/** A screen in a chat: reply buttons, a list, or numbered text, whichever shows every choice within WhatsApp's limits. */
import type { OutboundContent, Row } from '../channels/channel.ts';
import { numbered, type Page } from './page.ts';

/** UTF-16 units (channels.md D.4 and C.7): the unit is not documented, this is the safe reading. */
const LIMITS = { button: 20, row: 24, buttons: 3, rows: 10, body: 1024, text: 1600 } as const;

type Words = {
  /** Said above choices that have no text of their own. */
  choose: string;
  /** On the button that opens a list. */
  options: string;
};

/** `screen` prefixes the row ids, so that a tap on an older message is known as such. */
export function whatsappContent(page: Page, screen: string, language: string, words: Words): OutboundContent {
  const rows: Row[] = [...page.choices, ...page.navigation].map(({ id, label }) => ({
    id: `${screen}/${id}`,
    title: label,
  }));
  const body = page.body === '' ? words.choose : page.body;
  if (rows.length === 0) return { kind: 'text', body };
  const isShort = (limit: number) => rows.every(({ title }) => title.length <= limit);
  if (
    body.length <= LIMITS.body &&
    rows.length <= LIMITS.buttons &&
    isShort(LIMITS.button) &&
    areUnique(rows)
  ) {
    return { kind: 'buttons', body, buttons: rows, personal: page.personal };
  }
  if (body.length <= LIMITS.body && rows.length <= LIMITS.rows && isShort(LIMITS.row)) {
    return { kind: 'list', body, button: words.options, rows, personal: page.personal };
  }
  return { kind: 'text', body: numbered({ ...page, body }, language) };
}

function areUnique(rows: readonly Row[]): boolean {
  return new Set(rows.map(({ title }) => title)).size === rows.length;
}
