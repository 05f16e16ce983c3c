/** WebAuthn as far as passkeys need it: what a browser is asked, and whether what it answers holds. */
import { isIP } from 'node:net';
import type * as WebAuthn from '@simplewebauthn/server';
import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/server';
import { z } from 'zod';

export type CreationOptions = PublicKeyCredentialCreationOptionsJSON;
export type RequestOptions = PublicKeyCredentialRequestOptionsJSON;

/** Whom passkeys are made for. `id`: a host name; `origin`: where the page that asks must have come from. */
export type RelyingParty = { id: string; origin: string };

/** A key as the table keeps it. `id`: base64url, as browsers write it. */
export type Credential = { id: string; publicKey: Uint8Array; counter: number; transports: string[] };

/** What the browser's person is called on the device. `handle`: 16 bytes that name nobody. */
type Owner = { handle: Buffer; email: string; name: string };

/** What is asked, and by whom. */
type Asked = { challenge: string; party: RelyingParty };

/** On the device's own list, beside the address of the account. */
const NAME = 'Wasl';
/** Shorter than the challenge lives, so that the browser gives up first. */
const TIMEOUT_MS = 4 * 60_000;
/** ES256, EdDSA, RS256: what every device and every supported Node knows. */
const ALGORITHMS = [-7, -8, -257];

/**
 * Passkeys belong to a name: an address that is a number has none, and undefined is the answer. The machine itself is
 * `localhost`, which is how its page must then be opened.
 */
export function relyingParty(publicUrl: string): RelyingParty | undefined {
  const url = new URL(publicUrl);
  if (url.hostname === '127.0.0.1' || url.hostname === '[::1]') url.hostname = 'localhost';
  if (isIP(url.hostname) !== 0 || url.hostname.startsWith('[')) return undefined;
  return { id: url.hostname, origin: url.origin };
}

/** To make a passkey. `known`: devices that hold one of them make no second. */
export async function askForNew(
  party: RelyingParty,
  owner: Owner,
  known: readonly Credential[],
): Promise<CreationOptions> {
  const { generateRegistrationOptions } = await library();
  return generateRegistrationOptions({
    rpName: NAME,
    rpID: party.id,
    userID: new Uint8Array(owner.handle),
    userName: owner.email,
    userDisplayName: owner.name,
    timeout: TIMEOUT_MS,
    attestationType: 'none',
    excludeCredentials: known.map(describe),
    authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
    supportedAlgorithmIDs: ALGORITHMS,
  });
}

/** To use one of these passkeys. */
export async function askForUse(party: RelyingParty, known: readonly Credential[]): Promise<RequestOptions> {
  const { generateAuthenticationOptions } = await library();
  return generateAuthenticationOptions({
    rpID: party.id,
    timeout: TIMEOUT_MS,
    userVerification: 'required',
    allowCredentials: known.map(describe),
  });
}

const base64url = z
  .string()
  .max(20_000)
  .regex(/^[\w-]+$/);
const common = { id: base64url, rawId: base64url, type: z.literal('public-key') };
const made = z.object({
  ...common,
  response: z.object({
    clientDataJSON: base64url,
    attestationObject: base64url,
    transports: z.array(z.string().max(20)).max(10).catch([]).default([]),
  }),
});
const used = z.object({
  ...common,
  response: z.object({
    clientDataJSON: base64url,
    authenticatorData: base64url,
    signature: base64url,
    userHandle: base64url.nullish(),
  }),
});

/** The new key; undefined when the answer is to another question, of another page, of nobody verified, or none. */
export async function readNew(answer: string, { challenge, party }: Asked): Promise<Credential | undefined> {
  const said = made.safeParse(jsonOf(answer)).data;
  if (!said) return undefined;
  const { transports, ...response } = said.response;
  const { verifyRegistrationResponse } = await library();
  try {
    const { registrationInfo } = await verifyRegistrationResponse({
      response: { ...said, response, clientExtensionResults: {} },
      expectedChallenge: challenge,
      expectedOrigin: party.origin,
      expectedRPID: party.id,
      requireUserVerification: true,
      supportedAlgorithmIDs: ALGORITHMS,
    });
    if (!registrationInfo) return undefined;
    const { id, publicKey, counter } = registrationInfo.credential;
    return { id, publicKey, counter, transports };
  } catch {
    // The library throws for every answer that does not hold; its words quote the answer.
    return undefined;
  }
}

/** Which passkey an answer claims to come from; undefined when it is none. Nothing of it is believed yet. */
export function credentialIdOf(answer: string): string | undefined {
  return used.safeParse(jsonOf(answer)).data?.id;
}

/** The number that the device counted to; undefined as with `readNew`, or when another key or owner signed. */
export async function readUse(
  answer: string,
  { challenge, party, credential, handle }: Asked & { credential: Credential; handle: Buffer },
): Promise<number | undefined> {
  const said = used.safeParse(jsonOf(answer)).data;
  if (said?.id !== credential.id) return undefined;
  const { userHandle, ...response } = said.response;
  if (userHandle && userHandle !== handle.toString('base64url')) return undefined;
  const { verifyAuthenticationResponse } = await library();
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: { ...said, response, clientExtensionResults: {} },
      expectedChallenge: challenge,
      expectedOrigin: party.origin,
      expectedRPID: party.id,
      requireUserVerification: true,
      // Compared where it is kept, so that the audit can tell a copy from a wrong signature.
      credential: { id: credential.id, publicKey: new Uint8Array(credential.publicKey), counter: 0 },
    });
    return verified ? authenticationInfo.newCounter : undefined;
  } catch {
    return undefined;
  }
}

/** Loaded at the first passkey: it brings a second of certificate formats along. */
function library(): Promise<typeof WebAuthn> {
  return import('@simplewebauthn/server');
}

function describe({ id, transports }: Credential): { id: string; transports: string[] } {
  return { id, transports };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
