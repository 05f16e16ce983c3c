/** `wasl staff`: the first administrator comes in this way; passwords are told once, and wrong words in one line. */
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { freshDatabase } from '../support/postgres.ts';
import { temporaryFolder, wasl } from './support.ts';

vi.setConfig({ testTimeout: 90_000 });

const folder = temporaryFolder();
let database: Awaited<ReturnType<typeof freshDatabase>>;

beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(async () => {
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

const staff = (...args: string[]) =>
  wasl(['staff', ...args], {
    DATA_DIR: folder,
    DATABASE_URL: database.url,
    ENCRYPTION_KEY: Buffer.alloc(32, 3).toString('base64'),
  });

it('adds, lists, resets and disables', async () => {
  const add = await staff('add', 'First@Example.org', '--role', 'admin', '--role', 'auditor', '--json');
  expect(add).toMatchObject({ code: 0, err: '' });
  const { password } = JSON.parse(add.out) as { password: string };
  expect(password).toMatch(/^(\w{4}-){3}\w{4}$/);

  const again = await staff('add', 'first@example.org', '--role', 'agent');
  expect(again).toEqual({
    code: 1,
    out: '',
    err: 'wasl: EMAIL: has an account already (wasl staff list)\n',
  });

  const reset = await staff('reset', 'first@example.org', '--json');
  expect((JSON.parse(reset.out) as { password: string }).password).not.toBe(password);
  expect(await staff('disable', 'first@example.org')).toMatchObject({ code: 0 });
  const list = await staff('list');
  expect(list.out).toBe('first@example.org\tFirst\tadmin,auditor\tdisabled\tpassword only\n');
  expect(list.out + list.err).not.toContain(password);
});

it('names the roles to whoever gives another', async () => {
  const { code, out, err } = await staff('add', 'other@example.org', '--role', 'king');
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(/^wasl: --role: must be one of agent, vendor_agent, case_officer, .*admin\n$/);
});

it.each([
  [['add', 'no address', '--role', 'agent'], 'EMAIL: is not an e-mail address'],
  [['add', 'a@example.org', '--role', 'agent', '--language', 'xx'], '--language: must be one of ar, en, fr'],
  [['reset', 'nobody@example.org'], 'EMAIL: has no account (wasl staff list)'],
  [['disable', 'nobody@example.org'], 'EMAIL: has no account (wasl staff list)'],
])('%j: %s', async (args, line) => {
  expect(await staff(...args)).toEqual({ code: 1, out: '', err: `wasl: ${line}\n` });
});
