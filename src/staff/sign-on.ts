/**
 * Single sign-on: OpenID Connect with authorization code, PKCE, state and nonce. It opens an account that an
 * administrator made, by its verified address; it makes none and gives no role.
 */
import * as client from 'openid-client';
import { z } from 'zod';
import type { Config } from '../config.ts';
import { recordAudit } from '../privacy/audit.ts';
import type { Tx } from '../store/database.ts';
import { accountByEmail, closedBecause, holdAccount } from './account.ts';
import { signInBySignOn } from './sign-in.ts';
import type { SignInDeps, Step } from './sign-in-steps.ts';

/** `unreachable`: the provider does not answer. `refused`: not in time, not the same browser, or no open account. */
export type SignOnRefusal = { ok: false; why: 'unreachable' | 'refused' };

export type SignOn = {
  /** Where to send the browser, and what to keep in a cookie (HttpOnly, SameSite=Lax, 10 minutes) until it is back. */
  begin(at: Date): Promise<{ ok: true; url: string; pending: string } | SignOnRefusal>;
  /** The browser is back: the query of its request, and the cookie. */
  finish(answer: { query: string; pending: string; at: Date }): Promise<Step | SignOnRefusal>;
};

const REFUSED: SignOnRefusal = { ok: false, why: 'refused' };
const UNREACHABLE: SignOnRefusal = { ok: false, why: 'unreachable' };

const MINUTES_TO_RETURN = 10;
const TIMEOUT_SECONDS = 10;
const CONTEXT = 'staff.sign_on';

const pendingSchema = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  until: z.number(),
});
const claimsSchema = z.object({
  iss: z.string(),
  sub: z.string(),
  email: z.string(),
  email_verified: z.literal(true),
});

/** @param redirectUri the console's callback, as registered at the provider. */
export function createSignOn(
  deps: SignInDeps,
  oidc: NonNullable<Config['oidc']>,
  redirectUri: string,
): SignOn {
  const { db, keys, isProduction } = deps;
  const provider = discoverOnce(oidc, isProduction);

  return {
    async begin(at) {
      const config = await provider();
      if (!config) return UNREACHABLE;
      const verifier = client.randomPKCECodeVerifier();
      const state = client.randomState();
      const nonce = client.randomNonce();
      const url = client.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope: 'openid email',
        state,
        nonce,
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      });
      const until = at.getTime() + MINUTES_TO_RETURN * 60_000;
      const pending = keys.sealJson('personal', { state, nonce, verifier, until }, CONTEXT);
      return { ok: true, url: url.href, pending: pending.toString('base64url') };
    },

    async finish({ query, pending, at }) {
      const kept = openPending(pending);
      if (!kept || kept.until <= at.getTime()) return refuse(at, 'not_begun');
      const config = await provider();
      if (!config) return UNREACHABLE;
      const back = new URL(redirectUri);
      back.search = query;
      const claims = await claimsOf(config, back, kept);
      if (claims === 'unreachable') return UNREACHABLE;
      if (claims === 'invalid') return refuse(at, 'provider');
      const person = claimsSchema.safeParse(claims).data;
      if (!person) return refuse(at, 'unverified');
      return db.transaction((tx) => open(tx, person, at));
    },
  };

  function openPending(pending: string): z.output<typeof pendingSchema> | undefined {
    try {
      const sealed = Buffer.from(pending, 'base64url');
      return pendingSchema.safeParse(keys.openJson('personal', sealed, CONTEXT)).data;
    } catch {
      return undefined;
    }
  }

  async function open(
    tx: Tx,
    person: z.output<typeof claimsSchema>,
    at: Date,
  ): Promise<Step | SignOnRefusal> {
    const found = await accountByEmail(tx, keys, person.email);
    const row = found && (await holdAccount(tx, found.key));
    if (!row) return refuseIn(tx, at, 'unknown');
    const closed = closedBecause(row, isProduction, at);
    // A lock answers guessed passwords; none was given here.
    if (closed !== undefined && closed !== 'locked') return refuseIn(tx, at, closed, row.key);
    // An address that is given to somebody else later must not open the account of the one before.
    const subject = keys.index('staff', `sign_on:${person.iss} ${person.sub}`);
    if (row.sign_on_subject === null) {
      const { rowCount } = await tx.query(
        `update staff set sign_on_subject = $2
          where key = $1 and not exists (select from staff other where other.sign_on_subject = $2)`,
        [row.key, subject],
      );
      if (rowCount !== 1) return refuseIn(tx, at, 'other_subject', row.key);
    } else if (row.sign_on_subject !== subject) return refuseIn(tx, at, 'other_subject', row.key);
    return signInBySignOn(tx, row, at);
  }

  function refuse(at: Date, why: string): Promise<SignOnRefusal> {
    return db.transaction((tx) => refuseIn(tx, at, why));
  }
}

async function refuseIn(tx: Tx, at: Date, why: string, staff?: string): Promise<SignOnRefusal> {
  await recordAudit(tx, {
    actor: 'sign_on',
    action: 'sign_in_failed',
    ...(staff === undefined ? {} : { subject: `staff:${staff}` }),
    details: { why },
    at,
  });
  return REFUSED;
}

/** Finds the provider at first use, and again after a failure: a provider that is down does not stop a start. */
function discoverOnce(
  { issuer, clientId, clientSecret }: NonNullable<Config['oidc']>,
  isProduction: boolean,
): () => Promise<client.Configuration | undefined> {
  let found: Promise<client.Configuration> | undefined;
  const isInsecure = !isProduction && issuer.startsWith('http:');
  return async () => {
    found ??= client.discovery(new URL(issuer), clientId, clientSecret, undefined, {
      timeout: TIMEOUT_SECONDS,
      execute: [
        // Without it the token's signature is taken on trust in the provider's TLS.
        client.enableNonRepudiationChecks,
        // Marked deprecated by its makers so that it stands out; readConfig refuses http in production.
        // eslint-disable-next-line @typescript-eslint/no-deprecated
        ...(isInsecure ? [client.allowInsecureRequests] : []),
      ],
    });
    try {
      return await found;
    } catch {
      found = undefined;
      return undefined;
    }
  };
}

async function claimsOf(
  config: client.Configuration,
  back: URL,
  { state, nonce, verifier }: z.output<typeof pendingSchema>,
): Promise<unknown> {
  try {
    const tokens = await client.authorizationCodeGrant(config, back, {
      expectedState: state,
      expectedNonce: nonce,
      pkceCodeVerifier: verifier,
      idTokenExpected: true,
    });
    return tokens.claims();
  } catch (error) {
    // fetch says TypeError when nobody answers; all else is an answer that does not hold.
    return error instanceof TypeError || isTimeout(error) ? 'unreachable' : 'invalid';
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof client.ClientError && error.code === 'OAUTH_TIMEOUT';
}
