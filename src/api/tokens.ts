/** Bearer tokens of other systems: made once, stored as a digest, checked in constant time, ended at once. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Database, Tx } from '../store/database.ts';

/** What a token may do; `payments:write` is for the payment systems' events. */
export const SCOPES = [
  'payments:write',
  'cases:read',
  'cases:write',
  'cases:sensitive',
  'conversations:read',
  'referrals:write',
  'means:check',
  'calls:write',
] as const;
export type Scope = (typeof SCOPES)[number];

/** A token as it was presented: what it may do, and for whom. */
export type Token = {
  id: string;
  scopes: readonly Scope[];
  /** The system it writes as; null: any. */
  source: string | null;
};

export type TokenRow = Token & {
  name: string;
  created_at: Date;
  expires_at: Date | null;
  /** ISO date. */
  last_used_on: string | null;
  revoked_at: Date | null;
};

export type NewToken = {
  name: string;
  scopes: readonly Scope[];
  source: string | null;
  expiresAt: Date | null;
  at: Date;
};

/** `wasl_<id>_<secret>`: the id finds the row, the secret (256 bits) proves it. */
const SHAPE = /^wasl_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/;

/** Names of other systems, as tokens, cases and webhooks hold them. */
export const SOURCE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Stores a token and returns it: the only time anybody sees it. */
export async function createToken(
  tx: Tx,
  { name, scopes, source, expiresAt, at }: NewToken,
): Promise<{ id: string; token: string }> {
  const id = randomBytes(6).toString('hex');
  const secret = randomBytes(32).toString('base64url');
  await tx.query(
    `insert into api_token (id, secret, name, scopes, source, created_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [id, digest(secret), name, [...new Set(scopes)], source, at, expiresAt],
  );
  return { id, token: `wasl_${id}_${secret}` };
}

export async function listTokens(db: Tx): Promise<TokenRow[]> {
  const { rows } = await db.query<TokenRow>(
    `select id, name, scopes, source, created_at, expires_at, last_used_on, revoked_at
     from api_token order by created_at`,
  );
  return rows;
}

/** Ends a token: the next request with it is refused. False when there is none, or it had ended before. */
export async function revokeToken(tx: Tx, id: string, at: Date): Promise<boolean> {
  const { rowCount } = await tx.query(
    'update api_token set revoked_at = $2 where id = $1 and revoked_at is null',
    [id, at],
  );
  return rowCount === 1;
}

/** The token, if it is one of ours and still good; the same answer and the same work for every other. */
export async function checkToken(db: Database, presented: string, now: Date): Promise<Token | undefined> {
  const [, id = '', secret = ''] = SHAPE.exec(presented) ?? [];
  const { rows } = await db.query<TokenRow & { secret: Buffer }>({
    name: 'api-token',
    text: 'select id, secret, scopes, source, expires_at, last_used_on, revoked_at from api_token where id = $1',
    values: [id],
  });
  const found = rows[0];
  const isRight = timingSafeEqual(digest(secret), found?.secret ?? digest('no such token'));
  if (!found || !isRight || found.revoked_at !== null) return undefined;
  if (found.expires_at !== null && found.expires_at <= now) return undefined;
  const today = now.toISOString().slice(0, 10);
  if (found.last_used_on !== today) {
    await db.query('update api_token set last_used_on = $2 where id = $1', [id, today]);
  }
  return { id: found.id, scopes: found.scopes, source: found.source };
}

function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
