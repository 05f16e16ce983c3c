/** STOP, START and consent: what is stored, and that a wish is never lost. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { TurnContext } from '../../src/conversation/ports.ts';
import { consentOf, consentPorts, restartMessages, stopMessages } from '../../src/notifications/opt-out.ts';
import { noon, openOutbox, type Outbox } from './support.ts';

let outbox: Outbox;
let contact: string;

beforeAll(async () => {
  outbox = await openOutbox();
});
beforeEach(async () => {
  await outbox.clear();
  contact = await outbox.contact('+96170000001');
});
afterAll(() => outbox.close());

const turn = (): TurnContext => ({
  contact,
  phone: '+96170000001',
  channel: 'ussd',
  language: 'ar',
  now: noon,
  goal: null,
  identity: null,
  setIdentity: () => undefined,
  key: 'turn',
  signal: new AbortController().signal,
  reading: outbox.db,
  tx: () => Promise.resolve(outbox.db),
  notify: () => Promise.resolve(),
});
const stored = async () =>
  (
    await outbox.db.query(
      'select consent, consent_at, consent_language, consent_channel, consent_words, stopped_at from contact',
    )
  ).rows[0];
const ports = consentPorts((language) => `the question in ${language}`);

test('an answer is kept with when, where and in which language it was given', async () => {
  expect(await consentOf(outbox.db, contact)).toBeNull();
  await ports.saveConsent({ consent: 'discreet' }, turn());
  expect(await stored()).toEqual({
    consent: 'discreet',
    consent_at: noon,
    consent_language: 'ar',
    consent_channel: 'ussd',
    consent_words: 'the question in ar',
    stopped_at: null,
  });
  expect(await consentOf(outbox.db, contact)).toBe('discreet');
});

test.each([
  ['full', null],
  ['discreet', null],
  ['none', noon],
] as const)('%s after STOP: stopped_at is %s', async (consent, stoppedAt) => {
  await ports.stop({}, turn());
  await ports.saveConsent({ consent }, turn());
  expect(await stored()).toMatchObject({ consent, stopped_at: stoppedAt });
});

test('no is not a STOP', async () => {
  await ports.saveConsent({ consent: 'none' }, turn());
  expect(await stored()).toMatchObject({ consent: 'none', stopped_at: null });
});

test('STOP keeps its first date; START lifts it', async () => {
  await ports.stop({}, turn());
  await stopMessages(outbox.db, contact);
  expect(await stored()).toMatchObject({ stopped_at: noon });
  await ports.start({}, turn());
  expect(await stored()).toMatchObject({ stopped_at: null });
});

test.each([
  ['none', 'discreet'],
  ['full', 'full'],
  ['discreet', 'discreet'],
] as const)('START after %s leaves %s', async (consent, left) => {
  await ports.saveConsent({ consent }, turn());
  await restartMessages(outbox.db, contact);
  expect(await stored()).toMatchObject({ consent: left, stopped_at: null });
});

test('a wish of nobody, or in other words, fails the turn', async () => {
  const nobody = '00000000-0000-0000-0000-000000000000';
  await expect(stopMessages(outbox.db, nobody)).rejects.toThrow('does not exist');
  await expect(restartMessages(outbox.db, nobody)).rejects.toThrow('does not exist');
  await expect(ports.saveConsent({ consent: 'maybe' }, turn())).rejects.toThrow('must be');
  await expect(ports.saveConsent({}, turn())).rejects.toThrow('must be');
});
