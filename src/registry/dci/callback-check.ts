/**
 * Whether a callback may be believed: from the registry we asked, signed with its key, in time, and not seen before.
 * Each refusal is the standard's own (registry-and-grievance.md §1.5).
 */
import type { Database } from '../../store/database.ts';
import { firstText, objectOf, textOf, type Json } from './json.ts';
import { judgeSignature, type TrustedKey } from './signature.ts';

export type CallbackSource = {
  name: string;
  /** The sender ids that this registry signs as. */
  senders: readonly string[];
  ourId: string;
  /** The profile names keys of it, or where it publishes them: without a signature nothing of it is believed. */
  signs: boolean;
  /** Its public keys; empty: none are known. */
  keys(): Promise<readonly TrustedKey[]>;
};

export type Refusal = { status: number; code: string; message: string };

export type Checked = { source: CallbackSource; header: Json; message: Json } | { refusal: Refusal };

export type CheckDeps = {
  db: Database;
  sources: readonly CallbackSource[];
  /** In production nobody may call back without a signature. */
  isProduction: boolean;
  now: () => Date;
};

/** Actions as the paths name them; some registries send the verb of the request. */
const ALIASES: Readonly<Record<string, string>> = {
  search: 'on-search',
  subscribe: 'on-subscribe',
  subscibe: 'on-subscribe',
  unsubscribe: 'on-unsubscribe',
  'txn-status': 'on-status',
  'txn-on-status': 'on-status',
  'on-txn-status': 'on-status',
};

export function actionOf(word: string | null): string | null {
  const plain = word?.trim().toLowerCase() ?? null;
  return plain === null ? null : (ALIASES[plain] ?? plain);
}

/** Checks a callback and writes down that it was taken. `action`: what the path says, undefined where it says nothing. */
export async function checkCallback(deps: CheckDeps, body: unknown): Promise<Checked> {
  const header = objectOf(objectOf(body)['header']);
  const message = objectOf(objectOf(body)['message']);
  const messageId = textOf(header['message_id']);
  if (messageId === null || messageId.length > 200 || Object.keys(message).length === 0)
    return refused(400, 'err.request.bad', 'header.message_id and message are required');
  const sender = textOf(header['sender_id']);
  const source = deps.sources.find(({ senders }) =>
    sender === null ? deps.sources.length === 1 : senders.length === 0 || senders.includes(sender),
  );
  if (!source) return refused(403, 'err.sender_id.invalid', 'this sender is not a registry of ours');
  const receiver = textOf(header['receiver_id']);
  if (receiver !== null && receiver !== source.ourId)
    return refused(400, 'err.receiver_id.invalid', 'this message is for somebody else');
  if (textOf(header['is_msg_encrypted']) === 'true')
    return refused(400, 'err.encryption.invalid', 'encrypted messages are not read here');

  const signature = firstText(objectOf(body), 'signature');
  const trusted = await source.keys();
  const seconds = Math.floor(deps.now().getTime() / 1_000);
  if (source.signs || deps.isProduction) {
    if (signature === null) return refused(401, 'err.signature.missing', 'the message must be signed');
    const verdict = judgeSignature(signature, { header, message }, trusted, sender, seconds);
    if (verdict !== 'good')
      return refused(
        401,
        'err.signature.invalid',
        verdict === 'expired' ? 'the signature has expired' : 'the signature does not fit the message',
      );
  }
  const { rowCount } = await deps.db.query(
    'insert into dci_message (sender, message_id, at) values ($1, $2, $3) on conflict do nothing',
    [sender ?? source.name, messageId, deps.now()],
  );
  if (rowCount === 0) {
    const code = signature === null ? 'err.request.bad' : 'err.signature.invalid';
    return refused(401, code, 'rjct.message_id.duplicate: this message was taken before');
  }
  return { source, header, message };
}

function refused(status: number, code: string, message: string): Checked {
  return { refusal: { status, code, message } };
}

/** Gives a message back that could not be worked on: it may come again. */
export async function giveBack(db: Database, source: CallbackSource, header: Json): Promise<void> {
  await db.query('delete from dci_message where sender = $1 and message_id = $2', [
    textOf(header['sender_id']) ?? source.name,
    textOf(header['message_id']),
  ]);
}
