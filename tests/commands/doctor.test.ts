/** `wasl doctor` and `wasl migrate` on a real database: what works is ok, what does not is named with what to mend. */
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { freshDatabase } from '../support/postgres.ts';
import { redisUrl } from '../support/redis.ts';
import { startCarrier, type Carrier } from '../support/stand-in-carrier.ts';
import { temporaryFolder, wasl } from './support.ts';

type Finding = { part: string; ok: boolean; note: string };

vi.setConfig({ testTimeout: 90_000 });

const folder = temporaryFolder();
let database: Awaited<ReturnType<typeof freshDatabase>>;
let carrier: Carrier;
let env: Record<string, string>;

beforeAll(async () => {
  database = await freshDatabase();
});
beforeEach(async () => {
  carrier = await startCarrier();
  env = {
    DATA_DIR: folder,
    DATABASE_URL: database.url,
    ENCRYPTION_KEY: Buffer.alloc(32, 3).toString('base64'),
    // The service's own answer to /healthz is stood in for by the carrier, which refuses it.
    PUBLIC_URL: 'http://127.0.0.1:1',
    AFRICASTALKING_USERNAME: 'sandbox',
    AFRICASTALKING_API_KEY: 'at-secret-key',
    AFRICASTALKING_BASE_URL: carrier.url,
    TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`,
    TWILIO_AUTH_TOKEN: 'twilio-secret-token',
    TWILIO_FROM: '+15005550006',
    TWILIO_BASE_URL: carrier.url,
  };
  return () => carrier.stop();
});
afterAll(async () => {
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

async function examine(more: Record<string, string> = {}) {
  const { code, out, err } = await wasl(['doctor', '--json'], { ...env, ...more });
  for (const secret of ['at-secret-key', 'twilio-secret-token', 'hunter2'])
    expect(out + err).not.toContain(secret);
  const { ok, findings } = JSON.parse(out) as { ok: boolean; findings: Finding[] };
  expect(code).toBe(ok ? 0 : 1);
  expect(ok).toBe(findings.every((finding) => finding.ok));
  const about = (part: string) => findings.find((finding) => finding.part === part);
  return { ok, about };
}

describe('wasl doctor', () => {
  it('finds that everything works', async () => {
    const { ok, about } = await examine({ REDIS_URL: await redisUrl() });
    expect(about('database')).toMatchObject({
      ok: true,
      note: expect.stringMatching(/^PostgreSQL 1\d\.\S+, 0 households$/) as string,
    });
    expect(about('session store')).toEqual({ part: 'session store', ok: true, note: 'Redis answers' });
    expect(about('africastalking-sms')).toEqual({
      part: 'africastalking-sms',
      ok: true,
      note: 'the credentials work',
    });
    expect(about('twilio-sms')?.ok).toBe(true);
    expect(ok).toBe(true);
  });

  it('names a Redis that does not answer', async () => {
    const { ok, about } = await examine({ REDIS_URL: 'redis://127.0.0.1:1' });
    expect(ok).toBe(false);
    expect(about('session store')).toEqual({
      part: 'session store',
      ok: false,
      note: 'REDIS_URL: Redis does not answer there',
    });
    expect(about('database')?.ok).toBe(true);
  });

  it('names credentials that a carrier refuses', async () => {
    carrier.failNext('unauthorized', 4);
    const { ok, about } = await examine();
    expect(ok).toBe(false);
    expect(about('africastalking-sms')?.note).toMatch(/AFRICASTALKING_(USERNAME|API_KEY)/);
    expect(about('twilio-sms')?.note).toMatch(/TWILIO_(ACCOUNT_SID|AUTH_TOKEN)/);
  });

  it('names carriers that are away', async () => {
    await carrier.stop();
    const { about } = await examine();
    for (const part of ['africastalking-sms', 'twilio-sms']) {
      expect(about(part)?.ok, part).toBe(false);
      expect(about(part)?.note, part).toMatch(/cannot be reached/);
    }
  });

  it('names a public address that leads elsewhere', async () => {
    const { about } = await examine({ PUBLIC_URL: carrier.url });
    expect(about('public address')).toEqual({
      part: 'public address',
      ok: false,
      note: `PUBLIC_URL: ${carrier.url} answers 401; does it lead to this service?`,
    });
  });

  it('names a database that does not answer, without its password', async () => {
    const { ok, about } = await examine({ DATABASE_URL: 'postgres://wasl:hunter2@127.0.0.1:1/wasl' });
    expect(ok).toBe(false);
    expect(about('database')?.note).toMatch(/^DATABASE_URL: /);
  });

  it('names a key that does not open the database', async () => {
    expect((await examine()).about('database')?.ok).toBe(true);
    const { about } = await examine({ ENCRYPTION_KEY: randomBytes(32).toString('base64') });
    expect(about('database')?.note).toMatch(/^ENCRYPTION_KEY does not open/);
  });

  it('says the same in lines for people', async () => {
    const { code, out } = await wasl(['doctor'], { ...env, REDIS_URL: 'redis://127.0.0.1:1' });
    expect(code).toBe(1);
    expect(out).toMatch(/^ok {4}configuration: profile demo\nok {4}database: PostgreSQL /);
    expect(out).toContain('MEND  session store: REDIS_URL: Redis does not answer there\n');
    expect(
      out
        .trim()
        .split('\n')
        .every((line) => /^(ok {4}|MEND {2})[\w -]+: \S/.test(line)),
    ).toBe(true);
  });

  it('says which variable is wrong before it looks anywhere', async () => {
    const { code, err, out } = await wasl(['doctor', '--json'], { ...env, TWILIO_AUTH_TOKEN: '' });
    expect([code, out]).toEqual([1, '']);
    expect(err).toBe('wasl: TWILIO_AUTH_TOKEN: is required when TWILIO_ACCOUNT_SID is set\n');
  });
});

describe('wasl migrate', () => {
  it('brings an empty database to the schema, twice and at once', async () => {
    const name = `migrate_${randomBytes(6).toString('hex')}`;
    const admin = new pg.Client({ connectionString: inject('postgresUrl') });
    await admin.connect();
    await admin.query(`create database ${name}`);
    const url = new URL(inject('postgresUrl'));
    url.pathname = `/${name}`;
    try {
      const both = await Promise.all([1, 2].map(() => wasl(['migrate'], { ...env, DATABASE_URL: url.href })));
      for (const { code, out, err } of both)
        expect([code, out, err]).toEqual([0, 'The database is at the schema of this release.\n', '']);
      const client = new pg.Client({ connectionString: url.href });
      await client.connect();
      expect((await client.query('select from household')).rowCount).toBe(0);
      await client.end();
    } finally {
      await admin.query(`drop database ${name} with (force)`);
      await admin.end();
    }
  });

  it('says in one line that the database does not answer', async () => {
    const { code, err } = await wasl(['migrate'], {
      ...env,
      DATABASE_URL: 'postgres://wasl:hunter2@127.0.0.1:1/wasl',
    });
    expect(code).toBe(1);
    expect(err).toMatch(/^wasl: DATABASE_URL: [^\n]+\n$/);
    expect(err).not.toContain('hunter2');
  });
});
