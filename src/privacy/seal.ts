/** Authenticated encryption of one value: AES-256-GCM, bound to the place the value belongs to. */

import type { KeyObject } from 'node:crypto';
import { createCipheriv, createDecipheriv, randomFillSync } from 'node:crypto';

/** First byte of every sealed value; another algorithm would get another number. */
const VERSION = 1;
const NONCE = 12;
const TAG = 16;
const OVERHEAD = 1 + NONCE + TAG;

/** A sealed value could not be opened: another key, another context, or altered bytes. Says nothing else. */
export class SealBroken extends Error {
  constructor() {
    super('a sealed value could not be opened with this key and context');
    this.name = 'SealBroken';
  }
}

/**
 * Seals a value: version byte, 12-byte random nonce, ciphertext, 16-byte tag.
 *
 * @param context where the value belongs (`person`, `case.text`); the same word must be given to open it, so that a
 *   sealed value copied to another column does not open there.
 */
export function seal(key: KeyObject, plaintext: string | Buffer, context: string): Buffer {
  const nonce = freshNonce();
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(Buffer.from(context));
  const body = typeof plaintext === 'string' ? cipher.update(plaintext, 'utf8') : cipher.update(plaintext);
  cipher.final();
  const sealed = Buffer.allocUnsafe(OVERHEAD + body.length);
  sealed[0] = VERSION;
  nonce.copy(sealed, 1);
  body.copy(sealed, 1 + NONCE);
  cipher.getAuthTag().copy(sealed, 1 + NONCE + body.length);
  return sealed;
}

/** Opens what `seal` made. Throws SealBroken when key, context or bytes differ. */
export function open(key: KeyObject, sealed: Buffer, context: string): Buffer {
  if (sealed.length < OVERHEAD || sealed[0] !== VERSION) throw new SealBroken();
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, 1 + NONCE), {
      authTagLength: TAG,
    });
    decipher.setAAD(Buffer.from(context));
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG));
    return Buffer.concat([
      decipher.update(sealed.subarray(1 + NONCE, sealed.length - TAG)),
      decipher.final(),
    ]);
  } catch {
    throw new SealBroken();
  }
}

// Random bytes are drawn in blocks: one call a value would be a quarter of the time an import spends sealing.
const pool = Buffer.alloc(NONCE * 512);
let used = pool.length;

function freshNonce(): Buffer {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const nonce = Buffer.from(pool.subarray(used, used + NONCE));
  used += NONCE;
  return nonce;
}
