/** The API over HTTP on a database of its own, with tokens of any scope and a clock a test can set. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { createApi } from '../../src/api/api.ts';
import { createToken, type Scope } from '../../src/api/tokens.ts';
import { openKeys, type Keys } from '../../src/privacy/keys.ts';
import { loadProfile, type Profile } from '../../src/profiles/profile.ts';
import { profilesDir } from '../../src/paths.ts';
import { openDatabase, type Database } from '../../src/store/database.ts';
import { freshDatabase } from '../support/postgres.ts';

/** A Monday, half past ten in Beirut. */
export const NOW = new Date('2026-11-23T08:30:00Z');

export type Reply = {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
  text: string;
};

export type Asking = {
  token?: string | undefined;
  json?: unknown;
  /** Sent as it is. */
  raw?: string | Buffer;
  type?: string;
  headers?: Record<string, string>;
};

export type TestApi = {
  url: string;
  db: Database;
  databaseUrl: string;
  keys: Keys;
  profile: Profile;
  /** What the API takes for now. */
  clock: { now: Date };
  reported: unknown[];
  token(...scopes: Scope[]): Promise<string>;
  tokenOf(source: string | null, scopes: Scope[], expiresAt?: Date): Promise<{ id: string; token: string }>;
  ask(method: string, path: string, asking?: Asking): Promise<Reply>;
  close(): Promise<void>;
};

export async function startApi(more: Partial<Parameters<typeof createApi>[0]> = {}): Promise<TestApi> {
  const { url: databaseUrl, drop } = await freshDatabase();
  const db = openDatabase(databaseUrl);
  const keys = await openKeys(db, { current: Buffer.alloc(32, 7) });
  const profile = loadProfile('demo', profilesDir);
  const clock = { now: NOW };
  const reported: unknown[] = [];
  const app = express();
  app.use(
    '/api/v1',
    createApi({
      db,
      keys,
      profile,
      now: () => clock.now,
      timeline: () => Promise.resolve([]),
      takeCall: () => Promise.resolve(undefined),
      report: (what, error) => reported.push({ what, error }),
      ...more,
    }),
  );
  const server = await new Promise<Server>((resolve) => {
    const opened = app.listen(0, '127.0.0.1', () => {
      resolve(opened);
    });
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1`;
  const tokenOf: TestApi['tokenOf'] = (source, scopes, expiresAt) =>
    createToken(db, { name: 'test', scopes, source, expiresAt: expiresAt ?? null, at: NOW });
  return {
    url,
    db,
    databaseUrl,
    keys,
    profile,
    clock,
    reported,
    tokenOf,
    token: async (...scopes) => (await tokenOf(null, scopes)).token,
    async ask(method, path, { token, json, raw, type, headers = {} } = {}) {
      const body = raw ?? (json === undefined ? undefined : JSON.stringify(json));
      const answer = await fetch(`${url}${path}`, {
        method,
        headers: {
          ...(token ? { Authorization: `Bearer ${token}` } : {}),
          ...(body === undefined ? {} : { 'Content-Type': type ?? 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : new Uint8Array(body) }),
      });
      const text = await answer.text();
      const isJson = (answer.headers.get('Content-Type') ?? '').includes('json');
      return {
        status: answer.status,
        headers: answer.headers,
        text,
        body: (isJson && text !== '' ? JSON.parse(text) : {}) as Record<string, unknown>,
      };
    },
    close: async () => {
      await new Promise((resolve) => server.close(resolve));
      await db.close();
      await drop();
    },
  };
}

let cases = 0;

/** A case as another system sends it, with an id of its own. */
export function newCase(more: Record<string, unknown> = {}): Record<string, unknown> {
  cases += 1;
  return { source: 'portal', external_id: `P-${cases}`, kind: 'complaint', category: 'PAY-NR', ...more };
}
