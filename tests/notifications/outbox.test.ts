/** Putting messages in: with the caller's transaction, once, sealed, in her language, at a decent hour. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Notice } from '../../src/conversation/ports.ts';
import { readLocales } from '../../src/locales.ts';
import { claim } from '../../src/notifications/claim.ts';
import { contactFor } from '../../src/notifications/contact.ts';
import { createNotifier, type Recipient } from '../../src/notifications/notify.ts';
import { enqueue, enqueueAll, openMessage, type Message } from '../../src/notifications/outbox.ts';
import { createTexts } from '../../src/render/texts.ts';
import { minute, noon, openOutbox, profile, type Outbox } from './support.ts';

let outbox: Outbox;
const texts = createTexts(readLocales(), profile, () => true);

beforeAll(async () => {
  outbox = await openOutbox();
});
beforeEach(() => outbox.clear());
afterAll(() => outbox.close());

const phone = '+96170000001';

async function notify(notice: Partial<Notice>, recipient: Partial<Recipient> = {}, at = noon) {
  const { db, keys } = outbox;
  const notifier = createNotifier({ keys, texts, profile, now: () => at });
  const contact = await outbox.contact(phone);
  await db.transaction((tx) =>
    notifier(
      tx,
      { contact, phone, language: 'en', ...recipient },
      { text: 'sms.pay.discreet', kind: 'answer', key: 'k', ...notice },
    ),
  );
}

async function written(): Promise<{ to: string; body: string }[]> {
  const { rows } = await outbox.db.query<{ address: Buffer; content: Buffer }>(
    'select address, content from outbound order by id',
  );
  return rows.map((row) => {
    const { to, content } = openMessage(outbox.keys, row);
    return { to, body: content.kind === 'text' ? content.body : '' };
  });
}

describe('a message', () => {
  test('leaves with its transaction or not at all', async () => {
    const { db, keys } = outbox;
    const message = { contact: null, channel: 'sms', provider: null, address: phone } as const;
    const rest = { content: { kind: 'text', body: 'x' }, kind: 'answer', key: 'k', due: noon } as const;
    const failing = db.transaction(async (tx) => {
      await enqueue(tx, keys, { ...message, ...rest });
      throw new Error('the turn failed');
    });
    await expect(failing).rejects.toThrow('the turn failed');
    expect(await outbox.rows()).toEqual([]);
  });

  test('is one of many that are stored in one statement, each once, in the order given', async () => {
    const { db, keys } = outbox;
    const contact = await outbox.contact(phone);
    const message = (key: string, body: string): Message => ({
      ...{ contact, channel: 'sms', provider: null, address: phone, kind: 'notice', key, due: noon },
      content: { kind: 'text', body },
    });
    await outbox.put({ key: 'there already' });
    const many = [message('a', 'one'), message('there already', 'two'), message('b', 'ثلاثة')];
    const stored = await db.transaction((tx) => enqueueAll(tx, keys, [...many, message('a', 'four')]));
    expect(stored).toBe(2);
    expect(await written()).toEqual([
      { to: phone, body: 'Hello' },
      { to: phone, body: 'one' },
      { to: phone, body: 'ثلاثة' },
    ]);
    expect(await outbox.row('b')).toMatchObject({
      contact,
      state: 'queued',
      priority: 5,
      parts: 1,
      due: noon,
    });
    expect(await db.transaction((tx) => enqueueAll(tx, keys, []))).toBe(0);
  });

  test('is stored once for its key, even when two store it at the same time', async () => {
    await Promise.all([1, 2, 3, 4].map(() => outbox.put({ key: 'same' })));
    const later = new Date(noon.getTime() + 1);
    await outbox.put({ key: 'same', content: { kind: 'text', body: 'other' }, due: later });
    expect(await outbox.rows()).toMatchObject([{ key: 'same', due: noon }]);
    expect(await written()).toEqual([{ to: phone, body: 'Hello' }]);
  });

  test('shows nothing personal to who reads the table', async () => {
    await outbox.put({
      contact: await outbox.contact(phone),
      content: { kind: 'text', body: 'Maryam, 125 USD are ready' },
    });
    for (const table of ['outbound', 'contact']) {
      const { rows } = await outbox.db.query(`select * from ${table}`);
      const values = rows.flatMap((row) => Object.values(row));
      const bytes = Buffer.concat(
        values.map((value) => (Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value)))),
      );
      expect(bytes.length).toBeGreaterThan(100);
      for (const secret of [phone, phone.slice(1), phone.slice(4), 'Maryam', '125', 'ready'])
        expect(bytes.includes(secret), `${secret} in ${table}`).toBe(false);
    }
  });

  test.each([
    ['a'.repeat(160), 1],
    ['a'.repeat(161), 2],
    ['م'.repeat(70), 1],
    ['م'.repeat(71), 2],
  ])('knows the parts it is charged for', async (body, parts) => {
    const key = await outbox.put({ content: { kind: 'text', body } });
    expect((await outbox.row(key)).parts).toBe(parts);
  });
});

describe('a notice', () => {
  test('is written in her language, or the one it names', async () => {
    await notify({ key: '1' }, { language: 'ar' });
    await notify({ key: '2', language: 'fr' }, { language: 'ar' });
    await notify({ key: '3' }, { language: 'xx' });
    expect((await written()).map(({ body }) => body)).toEqual([
      texts.text('ar', 'sms.pay.discreet'),
      texts.text('fr', 'sms.pay.discreet'),
      texts.text(profile.languages.default, 'sms.pay.discreet'),
    ]);
  });

  test('is filled with its values', async () => {
    await notify({ text: 'sms.grv.ack', values: { ref: '48217739', d: '2026-12-01' } });
    expect((await written())[0]?.body).toMatch(/48217739.*01\/12\/2026/);
  });

  test('to another phone makes that phone a contact, and stays away from her product', async () => {
    const other = '+96170000002';
    await notify({ phone: other, kind: 'security' }, { smsProvider: 'carrier' });
    const [row] = await outbox.rows();
    expect(row).toMatchObject({ contact: outbox.keys.index('contact', other), provider: null, priority: 1 });
    const { rows } = await outbox.db.query<{ phone: string }>('select phone from contact where key = $1', [
      row?.contact,
    ]);
    expect(rows).toEqual([{ phone: outbox.keys.index('phone', other) }]);
    expect((await written())[0]?.to).toBe(other);
  });

  test('leaves by the product she wrote to', async () => {
    await notify({}, { smsProvider: 'carrier' });
    expect((await outbox.rows())[0]).toMatchObject({ provider: 'carrier', priority: 2 });
  });

  test('to a chat user without a phone goes to her chat', async () => {
    const { key } = await contactFor(outbox.db, outbox.keys, { from: 'LB.123456' });
    await notify({}, { contact: key, phone: null });
    const { rows } = await outbox.db.query('select channel, parts from outbound');
    expect(rows).toEqual([{ channel: 'whatsapp', parts: null }]);
    expect((await written())[0]?.to).toBe('LB.123456');
  });

  test.each([
    ['23 hours', 'text'],
    ['25 hours', 'template'],
  ])('to a chat last written in %s ago leaves as %s', async (ago, kind) => {
    const { key } = await contactFor(outbox.db, outbox.keys, { from: 'LB.654321' });
    await outbox.db.query(
      `insert into conversation (contact, channel, seq, state, updated_at)
       values ($1, 'whatsapp', 1, '', $2::timestamptz - $3::interval)
       on conflict (contact, channel) do update set updated_at = excluded.updated_at`,
      [key, noon, ago],
    );
    await notify({ text: 'sms.otherphone', values: { d: '2026-11-24' } }, { contact: key, phone: null });
    const { rows } = await outbox.db.query<{ address: Buffer; content: Buffer }>(
      'select address, content from outbound',
    );
    const content = rows[0] && openMessage(outbox.keys, rows[0]).content;
    expect(content?.kind).toBe(kind);
    // Outside the window nothing but "you have a message" leaves.
    if (content?.kind === 'template') expect(content).toMatchObject({ name: 'waiting', variables: [] });
  });

  const evening = new Date('2026-11-24T21:30:00Z');
  const morning = new Date('2026-11-25T06:00:00Z');

  test.each([
    ['notice', evening, morning],
    ['notice', noon, noon],
    ['answer', evening, evening],
    ['security', evening, evening],
  ] as const)('of kind %s written at %s is due at %s', async (kind, at, due) => {
    await notify({ kind }, {}, at);
    expect((await outbox.rows())[0]?.due).toEqual(due);
  });
});

describe('a contact', () => {
  test('is one for a phone, whatever the chat calls it', async () => {
    const { db, keys } = outbox;
    const bySms = await contactFor(db, keys, { from: phone });
    const byChat = await contactFor(db, keys, { from: 'LB.123456', phone });
    expect(byChat).toEqual(bySms);
    expect(bySms).toEqual({ key: keys.index('contact', phone), consent: null, stopped: false });
  });

  test('is made once by two first messages at the same time', async () => {
    const { db, keys } = outbox;
    const made = await Promise.all([1, 2, 3].map(() => contactFor(db, keys, { from: '+96170000009' })));
    expect(new Set(made.map(({ key }) => key)).size).toBe(1);
  });

  test('takes its messages with it, and what was put in meanwhile is not sent', async () => {
    const { db, keys } = outbox;
    const contact = await outbox.contact(phone);
    await outbox.put({ contact, address: phone });
    await db.query(
      `insert into payment_notice (payment_ref, status, said, facts, household, contact, reach, at)
       values ('PAY-1', 'ready', 'sms.pay.ready', '{}', gen_random_uuid(), $1, 'full', now())`,
      [contact],
    );
    await db.query('delete from contact where key = $1', [contact]);
    expect(await outbox.rows()).toEqual([]);
    expect((await db.query('select contact from payment_notice')).rows).toEqual([{ contact: null }]);
    await db.query('delete from payment_notice');
    const gone = keys.index('contact', '+96170000077');
    await outbox.put({ contact: gone, address: '+96170000077', kind: 'notice', due: noon });
    const { messages } = await claim(db, {
      ...{ provider: 'x', lanes: ['sms'], priorities: [5], limit: 5, now: new Date(noon.getTime() + minute) },
    });
    expect(messages).toEqual([]);
    expect(await outbox.count()).toEqual({ cancelled: 1 });
  });
});
