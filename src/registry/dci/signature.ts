/**
 * Signatures over DCI messages in the two forms that registries use (registry-and-grievance.md §1.9): the DCI HTTP
 * signature with Ed25519, and a detached JWS over the same canonical JSON.
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  sign,
  verify,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';
import type { Json } from './json.ts';

export type SignatureKind = 'none' | 'dci-http' | 'detached-jws';

/** Our key: its id as the registry knows it, and the Ed25519 private key. */
export type SigningKey = { kid: string; key: KeyObject };

/** A key that a message may be signed with. */
export type TrustedKey = { kid: string | null; key: KeyObject };

/** `expired`: it was good once, or will be. */
export type Verdict = 'good' | 'wrong' | 'expired';

/** Seconds for which our signatures are good, as OpenSPP2's own. */
const GOOD_FOR_S = 300;
/** Clocks may differ by this much (registry-and-grievance.md §5.2). */
const SKEW_S = 60;
/** A signature that claims to be good for longer is not: it could be replayed after we forgot its message. */
const MAX_AGE_S = 3600;

/** PKCS#8 DER of an Ed25519 key before its 32 bytes (RFC 8410). */
const ED25519_PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** An Ed25519 private key from PEM, or from its 32 bytes in base64. Throws on anything else. */
export function readSigningKey(text: string, kid: string): SigningKey {
  const key = text.includes('BEGIN')
    ? createPrivateKey(text.replaceAll('\\n', '\n'))
    : createPrivateKey({
        key: Buffer.concat([ED25519_PKCS8, Buffer.from(text, 'base64')]),
        format: 'der',
        type: 'pkcs8',
      });
  if (key.asymmetricKeyType !== 'ed25519') throw new Error('not an Ed25519 key');
  return { kid, key };
}

/** A public key as a registry publishes it; undefined for kinds that cannot sign. */
export function readTrustedKey(jwk: Json): TrustedKey | undefined {
  if (jwk['use'] === 'enc') return undefined;
  try {
    const key = createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' });
    return { kid: typeof jwk['kid'] === 'string' ? jwk['kid'] : null, key };
  } catch {
    return undefined;
  }
}

/** Our public key for /.well-known/jwks.json. */
export function publicJwk({ kid, key }: SigningKey): Json {
  return { ...createPublicKey(key).export({ format: 'jwk' }), kid, use: 'sig', alg: 'EdDSA' };
}

/** JSON with sorted keys and nothing between its parts; `ascii`: other characters escaped, as Python writes them. */
export function canonical(value: unknown, ascii: boolean): string {
  const text = JSON.stringify(sorted(value));
  if (!ascii) return text;
  return text.replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  // By code unit, as every other language sorts keys. A prototype-less object keeps a key named __proto__.
  const result = Object.create(null) as Json;
  for (const key of Object.keys(value).sort()) result[key] = sorted((value as Json)[key]);
  return result;
}

type Signed = { header: Json; message: unknown };

/** The value of `signature` for this header and message. `now`: seconds. */
export function signMessage(
  kind: SignatureKind,
  { header, message }: Signed,
  by: SigningKey | undefined,
  senderId: string,
  now: number,
): string {
  if (kind === 'none') return '';
  if (!by) throw new Error('there is no key to sign with');
  return kind === 'dci-http'
    ? dciSignature({ header, message }, by, senderId, now)
    : detachedJws({ header, message }, by);
}

function dciSignature(signed: Signed, { kid, key }: SigningKey, senderId: string, created: number): string {
  const expires = created + GOOD_FOR_S;
  const signature = sign(null, Buffer.from(signingString(created, expires, digestOf(signed))), key);
  return [
    'namespace="dci"',
    `kidId="${senderId}|${kid}|ed25519"`,
    'algorithm="ed25519"',
    `created="${created}"`,
    `expires="${expires}"`,
    'headers="(created) (expires) digest"',
    `signature="${signature.toString('base64')}"`,
  ].join(', ');
}

const signingString = (created: number, expires: number, digest: string): string =>
  `(created): ${created}\n(expires): ${expires}\ndigest: ${digest}`;

function digestOf({ header, message }: Signed): string {
  return createHash('sha256').update(canonical({ header, message }, true)).digest('base64');
}

const JWS_HEADER = Buffer.from('{"alg":"EdDSA","typ":"JWT"}').toString('base64url');

function detachedJws({ header, message }: Signed, { key }: SigningKey): string {
  const payload = Buffer.from(canonical({ header, message }, false)).toString('base64url');
  const signature = sign(null, Buffer.from(`${JWS_HEADER}.${payload}`), key);
  return `${JWS_HEADER}..${signature.toString('base64url')}`;
}

/**
 * Judges the `signature` of a message. `from`: who it must be of (the id in a DCI HTTP signature); null: anybody with a
 * trusted key. A detached JWS has no time of its own: there the header's `message_ts` is what expires.
 */
export function judgeSignature(
  text: string,
  signed: Signed,
  trusted: readonly TrustedKey[],
  from: string | null,
  now: number,
): Verdict {
  const bare = text.replace(/^\s*Signature:\s*/i, '').trim();
  // What a receiver may have dropped or written out before it signed (§1.9): each is the same message.
  for (const header of spellings(signed.header)) {
    const verdict = bare.includes('..')
      ? judgeJws(bare, { ...signed, header }, trusted, now)
      : judgeDci(bare, { ...signed, header }, trusted, from, now);
    if (verdict !== 'wrong') return verdict;
  }
  return 'wrong';
}

const TEN_KEYS = { sender_uri: null, receiver_id: null, is_msg_encrypted: false, meta: null };

function spellings(header: Json): Json[] {
  return [header, { is_msg_encrypted: false, ...header }, { ...TEN_KEYS, ...header }];
}

function judgeDci(
  text: string,
  signed: Signed,
  trusted: readonly TrustedKey[],
  from: string | null,
  now: number,
): Verdict {
  const parts = new Map(
    [...text.matchAll(/([A-Za-z]+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]),
  );
  const created = Number(parts.get('created') ?? Number.NaN);
  const expires = Number(parts.get('expires') ?? Number.NaN);
  if (!Number.isInteger(created) || !Number.isInteger(expires)) return 'wrong';
  const [sender = '', kid = ''] = (parts.get('kidId') ?? parts.get('keyId') ?? '').split('|');
  if (from !== null && sender !== from) return 'wrong';
  const bytes = Buffer.from(signingString(created, expires, digestOf(signed)));
  const signature = Buffer.from(parts.get('signature') ?? '', 'base64');
  const isGood = candidates(trusted, kid).some(
    ({ key }) => key.asymmetricKeyType === 'ed25519' && verify(null, bytes, key, signature),
  );
  if (!isGood) return 'wrong';
  return now > expires || created > now + SKEW_S || expires - created > MAX_AGE_S ? 'expired' : 'good';
}

function judgeJws(text: string, signed: Signed, trusted: readonly TrustedKey[], now: number): Verdict {
  const [head = '', payload, signature = ''] = text.split('.');
  if (payload !== '') return 'wrong';
  const { alg, kid } = readJwsHeader(head);
  const bytes = Buffer.from(`${head}.${Buffer.from(canonical(signed, false)).toString('base64url')}`);
  const isGood = candidates(trusted, kid).some(({ key }) =>
    verifyJws(alg, bytes, key, Buffer.from(signature, 'base64url')),
  );
  if (!isGood) return 'wrong';
  const sent = Date.parse(typeof signed.header['message_ts'] === 'string' ? signed.header['message_ts'] : '');
  const age = now - sent / 1_000;
  return age <= GOOD_FOR_S && age >= -SKEW_S ? 'good' : 'expired';
}

function readJwsHeader(text: string): { alg: string; kid: string } {
  try {
    const header = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as Json;
    return { alg: String(header['alg']), kid: typeof header['kid'] === 'string' ? header['kid'] : '' };
  } catch {
    return { alg: '', kid: '' };
  }
}

/** The algorithm is the key's, never the message's own choice. */
function verifyJws(alg: string, bytes: Buffer, key: KeyObject, signature: Buffer): boolean {
  const kind = key.asymmetricKeyType;
  if (alg === 'EdDSA' && kind === 'ed25519') return verify(null, bytes, key, signature);
  if (alg === 'ES256' && kind === 'ec')
    return verify('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }, signature);
  if (alg === 'RS256' && kind === 'rsa') return verify('sha256', bytes, key, signature);
  return false;
}

/** The key of that id where it is known, else all. */
function candidates(trusted: readonly TrustedKey[], kid: string): readonly TrustedKey[] {
  const named = trusted.filter((one) => one.kid !== null && one.kid === kid);
  return named.length > 0 ? named : trusted;
}
