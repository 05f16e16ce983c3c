/** `wasl token` as an operator runs it: made, listed and ended, the secret shown once and stored nowhere. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDatabase, type Database } from '../../src/store/database.ts';
import { start, type Ended } from '../commands/support.ts';
import { freshDatabase } from '../support/postgres.ts';

let database: Awaited<ReturnType<typeof freshDatabase>>;
let db: Database;
beforeAll(async () => {
  database = await freshDatabase();
  db = openDatabase(database.url);
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

const KEY = randomBytes(32).toString('base64');
const wasl = (...args: string[]): Promise<Ended> =>
  start(args, { NODE_ENV: 'test', DATABASE_URL: database.url, ENCRYPTION_KEY: KEY }).ended;

it('makes a token, lists it without its secret, and ends it', async () => {
  const made = await wasl(
    'token',
    'create',
    '--scope',
    'cases:read',
    'cases:write',
    '--source',
    'grm',
    '--json',
  );
  expect(made).toMatchObject({ code: 0, err: '' });
  const printed = JSON.parse(made.out) as { token: string };
  expect(Object.keys(printed)).toEqual(['token']);
  const [, id = '', secret = ''] = /^wasl_([0-9a-f]{12})_([\w-]{43})$/.exec(printed.token) ?? [];
  expect(secret).not.toBe('');

  const stored = await db.query(
    'select api_token::text as row, encode(secret, $1) as digest from api_token',
    ['hex'],
  );
  expect(JSON.stringify(stored.rows)).not.toContain(secret);

  const listed = await wasl('token', 'list');
  expect(listed.out).toContain(id);
  expect(listed.out).toContain('cases:read,cases:write');
  expect(listed.out).not.toContain(secret);

  const ended = await wasl('token', 'revoke', id);
  expect(ended).toMatchObject({ code: 0 });
  const again = await wasl('token', 'revoke', id);
  expect(again.code).toBe(1);
  const { rows } = await db.query('select action from audit order by id');
  expect(rows).toEqual([{ action: 'token_created' }, { action: 'token_revoked' }]);
}, 60_000);

it.each([
  { args: ['--scope', 'everything'], says: '--scope: must be one of payments:write' },
  { args: ['--scope', 'cases:read', '--expires', 'soon'], says: '--expires: must be a number of days' },
  { args: ['--scope', 'cases:read', '--source', 'a b'], says: '--source:' },
])(
  'says in one line what is wrong with $args',
  async ({ args, says }) => {
    const ended = await wasl('token', 'create', ...args);
    expect(ended.code).toBe(1);
    expect(ended.out).toBe('');
    expect(ended.err).toContain(says);
    expect(ended.err.trim().split('\n')).toHaveLength(1);
  },
  30_000,
);
