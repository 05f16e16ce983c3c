/** What WhatsApp takes, whoever carries it there (channels.md C.7, D.4). */
import type { OutboundContent, Row } from './channel.ts';
import { failure } from './failures.ts';

export type Interactive = Extract<OutboundContent, { kind: 'buttons' | 'list' }>;

const limits = { button: 20, buttonTitle: 20, rowTitle: 24, description: 72, id: 200 } as const;

/**
 * Throws a SendError where buttons or a list are over WhatsApp's limits, in UTF-16 units; `mostBody` is the carrier's
 * own for the body. Nothing is ever cut: a cut label may mean something else.
 */
export function checkLimits(content: Interactive, mostBody: number): void {
  const refuse = (what: string): never => {
    throw failure('content.invalid', what);
  };
  const rows: Row[] = content.kind === 'buttons' ? content.buttons : content.rows;
  const [most, title] = content.kind === 'buttons' ? [3, limits.buttonTitle] : [10, limits.rowTitle];
  checkBody(content.body, mostBody);
  if (rows.length < 1 || rows.length > most) refuse(`${rows.length} choices`);
  if (content.kind === 'list' && !fits(content.button, limits.button)) refuse('list button');
  for (const row of rows) {
    if (!fits(row.title, title)) refuse('choice title');
    if (!fits(row.id, limits.id) || row.id !== row.id.trim()) refuse('choice id');
    if ((row.description ?? '').length > limits.description) refuse('choice description');
  }
  if (new Set(rows.map(({ id }) => id)).size < rows.length) refuse('two choices with one id');
  if (content.kind === 'buttons' && new Set(rows.map((row) => row.title)).size < rows.length)
    refuse('two equal buttons');
}

/** Throws a SendError where there is nothing to read, or more than `most` UTF-16 units. */
export function checkBody(body: string, most: number): void {
  if (body.trim() === '') throw failure('content.invalid', 'empty');
  if (body.length > most) throw failure('content.tooLong', `${body.length} units`);
}

/** `text` as a variable may carry it: without line breaks, tabs or more than three spaces together. */
export function variableValue(text: string): string {
  return text.replace(/[\r\n\t]+| {4,}/g, ' ').trim();
}

function fits(text: string, most: number): boolean {
  return text.trim() !== '' && text.length <= most;
}
