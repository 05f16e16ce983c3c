/** A device with passkeys, as a browser would speak for it: it signs what it is told to, rightly or not. */
import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import type { CreationOptions, RequestOptions } from '../../src/staff/web-authn.ts';

export type StandInPasskey = { id: Buffer; privateKey: KeyObject; rpId: string; counter: number };

/** What a test may have it say in the place of the truth. */
type Lies = { origin: string; challenge?: string; rpId?: string; isVerified?: boolean; type?: string };

/** `id`: for one that says it is another. */
export function makePasskey(
  options: CreationOptions,
  lies: Lies,
  id: Buffer = randomBytes(16),
): { passkey: StandInPasskey; answer: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const passkey = { id, privateKey, rpId: options.rp.id ?? '', counter: 1 };
  const cose = Buffer.concat([
    // {1: 2 (EC2), 3: -7 (ES256), -1: 1 (P-256), -2: x, -3: y}
    Buffer.from('a5010203262001215820', 'hex'),
    Buffer.from(x, 'base64url'),
    Buffer.from('225820', 'hex'),
    Buffer.from(y, 'base64url'),
  ]);
  const attested = Buffer.concat([Buffer.alloc(16), Buffer.from([0, passkey.id.length]), passkey.id, cose]);
  const data = authenticatorData(passkey, lies, attested);
  const attestation = Buffer.concat([
    // {"fmt": "none", "attStmt": {}, "authData": …}
    Buffer.from('a363666d74646e6f6e656761747453746d74a0686175746844617461', 'hex'),
    Buffer.from([0x58, data.length]),
    data,
  ]);
  const client = clientData('webauthn.create', options.challenge, lies);
  return {
    passkey,
    answer: answerOf(passkey, {
      clientDataJSON: client.toString('base64url'),
      attestationObject: attestation.toString('base64url'),
      transports: ['internal'],
    }),
  };
}

export function usePasskey(passkey: StandInPasskey, options: RequestOptions, lies: Lies): string {
  passkey.counter += 1;
  const data = authenticatorData(passkey, lies);
  const client = clientData('webauthn.get', options.challenge, lies);
  const signed = Buffer.concat([data, createHash('sha256').update(client).digest()]);
  return answerOf(passkey, {
    clientDataJSON: client.toString('base64url'),
    authenticatorData: data.toString('base64url'),
    signature: sign('sha256', signed, passkey.privateKey).toString('base64url'),
  });
}

function answerOf({ id }: StandInPasskey, response: Record<string, unknown>): string {
  const name = id.toString('base64url');
  return JSON.stringify({
    id: name,
    rawId: name,
    type: 'public-key',
    response,
    clientExtensionResults: {},
  });
}

function clientData(
  type: string,
  asked: string,
  { origin, challenge = asked, type: told = type }: Lies,
): Buffer {
  return Buffer.from(JSON.stringify({ type: told, challenge, origin, crossOrigin: false }));
}

const [PRESENT, VERIFIED, ATTESTED] = [0x01, 0x04, 0x40];

function authenticatorData(
  passkey: StandInPasskey,
  { rpId = passkey.rpId, isVerified = true }: Lies,
  attested?: Buffer,
): Buffer {
  const counter = Buffer.alloc(4);
  counter.writeUInt32BE(passkey.counter);
  const flags = PRESENT | (isVerified ? VERIFIED : 0) | (attested ? ATTESTED : 0);
  return Buffer.concat([
    createHash('sha256').update(rpId).digest(),
    Buffer.from([flags]),
    counter,
    attested ?? Buffer.alloc(0),
  ]);
}
