/** What the outbox tests share: a database with keys, messages to put in, and carriers that do as they are told. */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import type { Channel, Outbound, Sent } from '../../src/channels/channel.ts';
import { contactFor } from '../../src/notifications/contact.ts';
import { enqueue, type Message } from '../../src/notifications/outbox.ts';
import { createSender, type Sender, type SenderOptions } from '../../src/notifications/sender.ts';
import type { MessageState } from '../../src/notifications/states.ts';
import { openKeys, type Keys } from '../../src/privacy/keys.ts';
import { loadProfile } from '../../src/profiles/profile.ts';
import { openDatabase, type Database } from '../../src/store/database.ts';
import { freshDatabase } from '../support/postgres.ts';

export const profile = loadProfile('demo', path.resolve('profiles'));

/** A Tuesday noon in Beirut: no quiet hours. */
export const noon = new Date('2026-11-24T10:00:00Z');
export const minute = 60_000;

export type Row = {
  id: number;
  contact: string | null;
  provider: string | null;
  kind: string;
  priority: number;
  key: string;
  state: MessageState;
  attempts: number;
  error: string | null;
  report: string | null;
  provider_id: string | null;
  due: Date;
  sent_at: Date | null;
  settled_at: Date | null;
  parts: number | null;
};

export type Outbox = {
  db: Database;
  keys: Keys;
  url: string;
  /** Puts an SMS in; every field may be told. Returns its key. */
  put(message?: Partial<Message>): Promise<string>;
  row(key: string): Promise<Row>;
  rows(): Promise<Row[]>;
  /** How many messages are in each state. */
  count(): Promise<Partial<Record<MessageState, number>>>;
  contact(phone: string): Promise<string>;
  /** A sender that is stopped with the test. The clock stands at `noon` unless told. */
  sender(channels: Channel[], options?: Partial<SenderOptions>): Sender;
  logged: string[];
  clear(): Promise<void>;
  close(): Promise<void>;
};

let number = 0;

export async function openOutbox(): Promise<Outbox> {
  const { url, drop } = await freshDatabase();
  const db = openDatabase(url);
  const keys = await openKeys(db, { current: randomBytes(32) });
  const senders: Sender[] = [];
  const logged: string[] = [];
  const rows = async () => (await db.query<Row>('select * from outbound order by id')).rows;
  return {
    db,
    keys,
    url,
    logged,
    rows,
    put: async (message = {}) => {
      number += 1;
      const key = message.key ?? `test:${number}`;
      await db.transaction((tx) =>
        enqueue(tx, keys, {
          contact: null,
          channel: 'sms',
          provider: null,
          address: '+96170000001',
          content: { kind: 'text', body: 'Hello' },
          kind: 'answer',
          due: noon,
          ...message,
          key,
        }),
      );
      return key;
    },
    row: async (key) => {
      const found = (await rows()).find((row) => row.key === key);
      if (!found) throw new Error(`no message ${key}`);
      return found;
    },
    count: async () => {
      const counts: Partial<Record<MessageState, number>> = {};
      for (const { state } of await rows()) counts[state] = (counts[state] ?? 0) + 1;
      return counts;
    },
    contact: async (phone) => (await contactFor(db, keys, { from: phone })).key,
    sender: (channels, options = {}) => {
      const log = (what: string, error: unknown) => {
        logged.push(`${what} ${String((error as { code?: unknown } | undefined)?.code)}`);
      };
      const sender = createSender({ db, keys, channels, profile, log, now: () => noon, ...options });
      senders.push(sender);
      return sender;
    },
    clear: async () => {
      await Promise.all(senders.splice(0).map((sender) => sender.stop(2_000)));
      logged.length = 0;
      for (const table of ['outbound', 'outbound_key', 'early_receipt', 'task', 'contact'])
        await db.query(`delete from ${table}`);
    },
    close: async () => {
      await Promise.all(senders.map((sender) => sender.stop(2_000)));
      await db.close();
      await drop();
    },
  };
}

export type Carrier = Channel & { sent: Outbound[] };

/** A carrier that takes every message, or does what `answer` says. */
export function carrier(
  name = 'carrier',
  answer: (message: Outbound, count: number) => Promise<Sent> = (message) =>
    Promise.resolve({ providerId: `${name}-${message.id}` }),
  channel: 'sms' | 'whatsapp' = 'sms',
): Carrier {
  const sent: Outbound[] = [];
  return {
    name,
    channel,
    sent,
    send: (message) => {
      sent.push(message);
      return answer(message, sent.length);
    },
  };
}

/** Never answers. */
export const never = (): Promise<Sent> => new Promise(() => undefined);
