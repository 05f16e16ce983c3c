/** The keys that protect personal data: one data key per purpose, sealed in the database by ENCRYPTION_KEY. */

import type { KeyObject } from 'node:crypto';
import { createHmac, createSecretKey, randomBytes } from 'node:crypto';
import type { Database } from '../store/database.ts';
import { open, seal, SealBroken } from './seal.ts';

const SEAL_PURPOSES = ['personal', 'conversation', 'case', 'sensitive'] as const;
const PURPOSES = [...SEAL_PURPOSES, 'index', 'anonymous', 'audit'] as const;
const KEY_BYTES = 32;

/** What a sealed value is: registry and contact data, messages, case texts, texts of sensitive cases. */
export type SealPurpose = (typeof SEAL_PURPOSES)[number];

/** What a look-up value is; the same digits as a phone and as a document give different index values. */
export type IndexKind =
  'phone' | 'document' | 'person' | 'household' | 'contact' | 'name' | 'content' | 'staff';

export type Keys = {
  /** Seals a value for the place named by `context`; see seal.ts. */
  seal(purpose: SealPurpose, value: string, context: string): Buffer;
  /** Opens it again; throws SealBroken. */
  open(purpose: SealPurpose, sealed: Buffer, context: string): string;
  sealJson(purpose: SealPurpose, value: unknown, context: string): Buffer;
  openJson(purpose: SealPurpose, sealed: Buffer, context: string): unknown;
  /** The same for what is no text. */
  sealBytes(purpose: SealPurpose, value: Buffer, context: string): Buffer;
  openBytes(purpose: SealPurpose, sealed: Buffer, context: string): Buffer;
  /** Keyed hash for exact look-up, as UUID text. The value must be in its normal form (phones E.164, digits only). */
  index(kind: IndexKind, value: string): string;
  /** Keyed hash of a phone that complains without a name, with a key of its own: it meets no other column. */
  anonymous(phone: string): string;
  /** HMAC-SHA-256 with a key of its own: who can write to the database cannot make one. */
  chain(value: string): Buffer;
};

/** ENCRYPTION_KEY as 32 bytes, and the one before it while a rotation is under way. */
export type EncryptionKeys = { current: Buffer; previous?: Buffer };

/**
 * Reads the data keys, making them on the first start. Keys sealed with the previous encryption key are sealed again
 * with the current one, so after one start the previous key can be taken away.
 *
 * Throws one line naming ENCRYPTION_KEY when neither key opens them: the database belongs to another key.
 */
export async function openKeys(db: Database, encryption: EncryptionKeys): Promise<Keys> {
  const current = secret(encryption.current, 'ENCRYPTION_KEY');
  const previous = encryption.previous && secret(encryption.previous, 'ENCRYPTION_KEY_PREVIOUS');

  const found = new Map(await readDataKeys(db));
  const missing = PURPOSES.filter((purpose) => !found.has(purpose));
  if (missing.length > 0) {
    await db.query(
      `insert into data_key (purpose, sealed)
       select * from unnest($1::text[], $2::bytea[])
       on conflict (purpose) do nothing`,
      [missing, missing.map((purpose) => seal(current, randomBytes(KEY_BYTES), contextOf(purpose)))],
    );
    // Another process may have been first: what the table holds is what counts.
    for (const [purpose, sealed] of await readDataKeys(db)) found.set(purpose, sealed);
  }

  const dataKeys = {} as Record<(typeof PURPOSES)[number], KeyObject>;
  for (const purpose of PURPOSES) {
    const sealed = found.get(purpose) ?? Buffer.alloc(0);
    const opened = tryOpen(current, sealed, purpose);
    const key = opened ?? (previous && tryOpen(previous, sealed, purpose));
    if (!key) {
      throw new Error(
        'ENCRYPTION_KEY does not open the keys of this database; set the key it was made with, ' +
          'as ENCRYPTION_KEY_PREVIOUS when you are changing keys',
      );
    }
    if (!opened) {
      await db.query('update data_key set sealed = $2 where purpose = $1 and sealed = $3', [
        purpose,
        seal(current, key, contextOf(purpose)),
        sealed,
      ]);
    }
    dataKeys[purpose] = createSecretKey(key);
  }
  return keysFrom(dataKeys);
}

function keysFrom(dataKeys: Record<(typeof PURPOSES)[number], KeyObject>): Keys {
  const sealText: Keys['seal'] = (purpose, value, context) => seal(dataKeys[purpose], value, context);
  const openText: Keys['open'] = (purpose, sealed, context) =>
    open(dataKeys[purpose], sealed, context).toString('utf8');
  return {
    seal: sealText,
    open: openText,
    sealJson: (purpose, value, context) => sealText(purpose, JSON.stringify(value), context),
    openJson: (purpose, sealed, context) => JSON.parse(openText(purpose, sealed, context)) as unknown,
    sealBytes: (purpose, value, context) => seal(dataKeys[purpose], value, context),
    openBytes: (purpose, sealed, context) => open(dataKeys[purpose], sealed, context),
    index: (kind, value) => keyedUuid(dataKeys.index, `${kind}\0${value}`),
    anonymous: (phone) => keyedUuid(dataKeys.anonymous, phone),
    chain: (value) => createHmac('sha256', dataKeys.audit).update(value).digest(),
  };
}

/** HMAC-SHA256 cut to 128 bits: 16 bytes fit a uuid column, and collisions stay out of reach for any registry. */
function keyedUuid(key: KeyObject, value: string): string {
  const hex = createHmac('sha256', key).update(value).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}

async function readDataKeys(db: Database): Promise<[string, Buffer][]> {
  const { rows } = await db.query<{ purpose: string; sealed: Buffer }>(
    'select purpose, sealed from data_key',
  );
  return rows.map((row) => [row.purpose, row.sealed]);
}

function contextOf(purpose: string): string {
  return `data_key:${purpose}`;
}

function tryOpen(key: KeyObject, sealed: Buffer, purpose: string): Buffer | undefined {
  try {
    return open(key, sealed, contextOf(purpose));
  } catch (error) {
    if (error instanceof SealBroken) return undefined;
    throw error;
  }
}

function secret(bytes: Buffer, variable: string): KeyObject {
  if (bytes.length !== KEY_BYTES) throw new Error(`${variable} must be 32 bytes in base64`);
  return createSecretKey(bytes);
}
