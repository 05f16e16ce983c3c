/** Whole dialogs as their callers see them. `UPDATE_TRANSCRIPTS=1` writes them anew: read what changed before it is kept. */
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { RegistryUnavailable, type Registry } from '../../src/registry/registry.ts';
import { forgetConversations } from '../support/dialog-state.ts';
import { redisUrl } from '../support/redis.ts';
import { startService, type TestService } from '../support/service.ts';
import { lastWednesday, testProfile } from '../support/test-profile.ts';
import { openBackstage, type Backstage } from './backstage.ts';
import { replay } from './replay.ts';

const FOLDER = path.dirname(fileURLToPath(import.meta.url));
const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.txt'))
  .sort();

let service: TestService;
let redis: Redis;
let now = lastWednesday();
let isUp = true;
let backstage: Backstage;

const unavailable = () => Promise.reject(new RegistryUnavailable('switched off by a transcript'));

function switchable(real: Registry): Registry {
  return new Proxy(real, {
    get: (target, name: keyof Registry) => (isUp ? target[name].bind(target) : unavailable),
  });
}

beforeAll(async () => {
  const REDIS_URL = await redisUrl();
  redis = new Redis(REDIS_URL);
  service = await startService({ PROFILE: testProfile(), REDIS_URL }, { now: () => now, registry: switchable });
  backstage = await openBackstage(service.service.deployment, () => now);
});
afterAll(async () => {
  await service.stop();
  redis.disconnect();
});
beforeEach(async () => {
  now = lastWednesday();
  isUp = true;
  await redis.flushdb();
  await forgetConversations(service.service.deployment.db);
});

test.each(files)('%s', async (name) => {
  const file = path.join(FOLDER, name);
  const written = readFileSync(file, 'utf8');
  const heard = await replay(written, {
    today: lastWednesday(),
    handset: (phone) => service.handset(phone),
    inbox: (phone) => service.inbox(phone),
    sms: (phone, text) => service.sms(phone, text),
    chat: (phone, text) =>
      service.service.handlers.message({
        channel: 'whatsapp',
        provider: 'simulator-whatsapp',
        from: phone,
        phone,
        id: randomUUID(),
        // A tap on a row: `chat /entry.menu/services`.
        ...(text.startsWith('/') ? { text: '', choice: text.slice(1) } : { text }),
      }),
    ...backstage,
    addDays: (days) => {
      now = new Date(now.getTime() + days * 86_400_000);
    },
    setTime: (time) => {
      now = lastWednesday(time);
    },
    setRegistry: (up) => {
      isUp = up;
    },
  });
  if (process.env['UPDATE_TRANSCRIPTS']) writeFileSync(file, heard);
  else expect(heard).toBe(written);
});

test('every dialog is there in the three languages', () => {
  const names = (language: string) =>
    files.filter((name) => name.startsWith(`${language}/`)).map((name) => name.slice(3));
  expect(names('ar').length).toBeGreaterThan(20);
  expect(names('en')).toEqual(names('ar'));
  expect(names('fr')).toEqual(names('ar'));
});
