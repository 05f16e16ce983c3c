/** The stored conversation: read back as written, in order, sealed, and shared with the other channels as agreed. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newSession } from '../../src/conversation/session.ts';
import type { Place } from '../../src/conversation/run.ts';
import { contactFor } from '../../src/notifications/contact.ts';
import { stopMessages } from '../../src/notifications/opt-out.ts';
import { openKeys, type Keys } from '../../src/privacy/keys.ts';
import { openDatabase, type Database } from '../../src/store/database.ts';
import {
  conversations,
  Overtaken,
  type Conversation,
  type Conversations,
  type State,
  type Turn,
} from '../../src/turns/conversations.ts';
import { inProcessSessions, type SessionStore } from '../../src/turns/session-store.ts';
import { freshDatabase } from '../support/postgres.ts';

const NOW = new Date('2026-11-23T08:17:23.456Z');
const PHONE = '+96170000001';
const WORDS = 'the clerk wanted money';

let drop: () => Promise<void>;
let db: Database;
let keys: Keys;
let cache: SessionStore;
let stored: Conversations;
let contact: string;
let clock = NOW;

beforeAll(async () => {
  const database = await freshDatabase();
  ({ drop } = database);
  db = openDatabase(database.url);
  keys = await openKeys(db, { current: randomBytes(32) });
});
afterAll(async () => {
  await db.close();
  await drop();
});
beforeEach(async () => {
  await db.query('truncate contact, conversation, message cascade');
  contact = keys.index('contact', PHONE);
  await contactFor(db, keys, { from: PHONE, phone: PHONE });
  cache = inProcessSessions();
  clock = NOW;
  stored = conversations(db, keys, cache, () => clock);
});

const place = (details: string): Place => ({
  flow: 'complaint',
  version: 1,
  value: 'more',
  context: { slots: { details }, facts: {} },
});
const stateAt = (details = WORDS): State => ({
  session: { ...newSession('en', NOW), here: place(details), pages: 2 },
  consent: 'unasked',
  ussd: {
    id: 'ATUid_1',
    typed: { length: 3, digest: 'abc' },
    reply: { text: 'Add details?', end: false, label: 'complaint' },
  },
});
const turn = (more: Partial<Turn> = {}): Turn => ({
  at: clock,
  said: [],
  sessionId: null,
  draftUntil: null,
  adopted: false,
  ...more,
});

async function save(conversation: Conversation, state: State, more: Partial<Turn> = {}, keep = true) {
  const remember = await db.transaction((tx) => stored.save(tx, conversation, state, turn(more)));
  if (keep) remember();
}
const load = (channel: Conversation['channel'] = 'ussd', fresh = false) =>
  stored.load(contact, channel, fresh);

describe('a conversation', () => {
  it('that was never stored is empty', async () => {
    expect(await load()).toEqual({ contact, channel: 'ussd', seq: 0, state: null, elsewhere: null });
  });

  it.each([true, false])('is read back as it was written (past the cache: %s)', async (fresh) => {
    await save(await load(), stateAt());
    const read = await load('ussd', fresh);
    expect(read).toEqual({ contact, channel: 'ussd', seq: 1, state: stateAt(), elsewhere: null });
  });

  it('counts its turns, also when one is repeated from a fresh read', async () => {
    for (let seq = 0; seq < 5; seq++) {
      const conversation = await load('ussd', seq % 2 === 0);
      expect(conversation.seq).toBe(seq);
      await save(conversation, stateAt(`details ${seq}`));
    }
    expect((await load('ussd', true)).state?.session.here?.context.slots).toEqual({ details: 'details 4' });
  });

  it('is one for each channel', async () => {
    await save(await load('ussd'), stateAt('by phone'));
    await save(await load('sms'), stateAt('by message'));
    expect((await load('ussd', true)).state?.session.here?.context.slots).toEqual({ details: 'by phone' });
    expect((await load('sms', true)).seq).toBe(1);
  });
});

describe('a turn that was overtaken', () => {
  it('is not stored, nor anything it said', async () => {
    const first = await load();
    await save(first, stateAt('first'));
    const said = [{ direction: 'in' as const, content: 'late', screen: null }];
    await expect(save(first, stateAt('late'), { said })).rejects.toThrow(Overtaken);
    expect((await load('ussd', true)).state?.session.here?.context.slots).toEqual({ details: 'first' });
    expect((await db.query('select from message')).rowCount).toBe(0);
  });

  it('is noticed however old it is', async () => {
    const first = await load();
    await save(first, stateAt());
    const second = await load();
    await save(second, stateAt());
    await save(await load(), stateAt());
    for (const old of [first, second]) await expect(save(old, stateAt())).rejects.toThrow(Overtaken);
    await expect(save({ ...second, seq: 9 }, stateAt())).rejects.toThrow(Overtaken);
  });

  it('can be only one of two that are stored at the same moment', async () => {
    await save(await load(), stateAt());
    const both = await load();
    const results = await Promise.allSettled([save(both, stateAt('a')), save(both, stateAt('b'))]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await load('ussd', true)).seq).toBe(2);
  });
});

describe('the cache', () => {
  it('is asked first, and passed by when told to', async () => {
    await save(await load(), stateAt());
    await db.query('delete from conversation');
    expect((await load()).seq).toBe(1);
    expect((await load('ussd', true)).seq).toBe(0);
  });

  it('has nothing of a turn before it is durable', async () => {
    await save(await load(), stateAt('first'));
    await save(await load(), stateAt('second'), {}, false);
    expect((await load()).seq).toBe(1);
    expect((await load('ussd', true)).seq).toBe(2);
  });

  it('forgets what it is told to forget', async () => {
    const conversation = await load();
    await save(conversation, stateAt());
    await db.query('delete from conversation');
    stored.forget(conversation);
    expect((await load()).seq).toBe(0);
  });

  it('that was damaged, or sealed with another key, is as good as empty', async () => {
    await save(await load(), stateAt());
    for (const bytes of [Buffer.alloc(0), Buffer.from('abc'), randomBytes(200)]) {
      cache.set(`${contact}:ussd`, bytes);
      expect(await load()).toMatchObject({ seq: 1, state: stateAt() });
    }
  });

  it('holds no clear text', async () => {
    await save(await load(), stateAt());
    const bytes = (await cache.get(`${contact}:ussd`)) ?? Buffer.alloc(0);
    expect(bytes.length).toBeGreaterThan(100);
    for (const clear of [WORDS, 'complaint', 'ATUid_1', 'Add details', PHONE])
      expect(bytes.includes(clear), clear).toBe(false);
  });
});

describe('consent', () => {
  it('is as it is now when read past the cache', async () => {
    await save(await load(), stateAt());
    await db.query("update contact set consent = 'discreet'");
    expect((await load()).state?.consent).toBe('unasked');
    expect((await load('ussd', true)).state?.consent).toBe('discreet');
    await db.transaction((tx) => stopMessages(tx as Database, contact));
    expect((await load('ussd', true)).state?.consent).toBe('none');
  });
});

describe('a draft', () => {
  const hour = 3_600_000;
  const draftUntil = new Date(NOW.getTime() + hour);

  it('is known on another channel as long as it lasts', async () => {
    await save(await load('ussd'), stateAt('from the phone'), { draftUntil });
    expect((await load('sms', true)).elsewhere).toEqual(place('from the phone'));
    expect((await load('sms', true)).state).toBeNull();
    clock = new Date(NOW.getTime() + hour + 1);
    expect((await load('sms', true)).elsewhere).toBeNull();
  });

  it('is not its own other channel', async () => {
    await save(await load('ussd'), stateAt(), { draftUntil });
    expect((await load('ussd', true)).elsewhere).toBeNull();
  });

  it('is nobody else’s', async () => {
    await save(await load('ussd'), stateAt(), { draftUntil });
    expect((await stored.load(keys.index('contact', '+96170000002'), 'sms', true)).elsewhere).toBeNull();
  });

  it('ends when it is finished, or taken over elsewhere', async () => {
    await save(await load('ussd'), stateAt(), { draftUntil });
    await save(await load('ussd'), stateAt());
    expect((await load('sms', true)).elsewhere).toBeNull();
    await save(await load('ussd'), stateAt(), { draftUntil });
    await save(await load('sms', true), stateAt(), { draftUntil, adopted: true });
    expect((await load('whatsapp', true)).elsewhere).toEqual(place(WORDS));
    expect((await load('sms', true)).elsewhere).toBeNull();
  });
});

describe('the record', () => {
  const said: Turn['said'] = [
    { direction: 'in', content: WORDS, screen: 'complaint' },
    { direction: 'out', content: 'شكرا: Hôpital', screen: null },
  ];

  it('has a line for all that was said, in order, sealed', async () => {
    await save(await load(), stateAt(), { said, sessionId: 'ATUid_1' });
    const { rows } = await db.query<{ content: Buffer }>('select * from message order by id');
    expect(rows).toMatchObject([
      { at: NOW, contact, channel: 'ussd', direction: 'in', session: 'ATUid_1', screen: 'complaint' },
      { at: NOW, contact, channel: 'ussd', direction: 'out', session: 'ATUid_1', screen: null },
    ]);
    expect(rows.map(({ content }) => keys.open('conversation', content, 'message'))).toEqual(
      said.map(({ content }) => content),
    );
  });

  it('and the place hold no clear text, and nothing that opens in another place', async () => {
    await save(await load(), stateAt(), { said });
    const { rows } = await db.query<{ state: Buffer; content: Buffer }>(
      'select c.state, m.content from conversation c join message m using (contact)',
    );
    expect(rows).toHaveLength(2);
    for (const { state, content } of rows) {
      for (const clear of [WORDS, 'clerk', 'Hôpital', 'ATUid_1', 'slots']) {
        expect(state.includes(clear), clear).toBe(false);
        expect(content.includes(clear), clear).toBe(false);
      }
      expect(() => keys.open('conversation', content, 'conversation')).toThrow();
      expect(() => keys.open('case', state, 'conversation')).toThrow();
    }
  });

  it('goes with the transaction it was written in', async () => {
    const conversation = await load();
    await expect(
      db.transaction(async (tx) => {
        await stored.save(tx, conversation, stateAt(), turn({ said }));
        throw new Error('the turn failed');
      }),
    ).rejects.toThrow('the turn failed');
    expect((await db.query('select from message')).rowCount).toBe(0);
    expect((await load()).seq).toBe(0);
  });
});
