/** An OpenID provider of the test's own, on the loopback: discovery, keys, and a token for each code it was told of. */
import { createHash, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the provider says in the token; `undefined` leaves a claim out. */
export type Claims = Record<string, unknown>;

export type Issuer = {
  url: string;
  /** The person signs in there: the query that the browser comes back with. */
  authorize(address: string, claims: Claims): string;
  /** Signs with a key that it does not publish. */
  useWrongKey(): void;
  stop(): Promise<void>;
};

const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

export async function startIssuer({ clientId, clientSecret }: { clientId: string; clientSecret: string }) {
  const published = generateKeyPairSync('rsa', { modulusLength: 2048 });
  let signing = published.privateKey;
  const codes = new Map<string, { claims: Claims; challenge: string; redirectUri: string }>();

  const server = createServer((request, response) => {
    const answer = (status: number, body: object) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    const { pathname } = new URL(request.url ?? '/', url());
    if (pathname === '/.well-known/openid-configuration') {
      answer(200, {
        issuer: url(),
        authorization_endpoint: `${url()}/authorize`,
        token_endpoint: `${url()}/token`,
        jwks_uri: `${url()}/keys`,
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
      });
    } else if (pathname === '/keys') {
      const jwk = createPublicKey(published.privateKey).export({ format: 'jwk' });
      answer(200, { keys: [{ ...jwk, kid: 'one', use: 'sig', alg: 'RS256' }] });
    } else if (pathname === '/token') {
      void bodyOf(request).then((body) => {
        const given = codes.get(body.get('code') ?? '');
        codes.delete(body.get('code') ?? '');
        const challenge = createHash('sha256')
          .update(body.get('code_verifier') ?? '')
          .digest('base64url');
        const isClient = body.get('client_id') === clientId && body.get('client_secret') === clientSecret;
        if (
          !given ||
          !isClient ||
          given.challenge !== challenge ||
          given.redirectUri !== body.get('redirect_uri')
        ) {
          answer(400, { error: 'invalid_grant' });
          return;
        }
        const seconds = Math.floor(Date.now() / 1_000);
        const head = base64url({ alg: 'RS256', kid: 'one' });
        const claims = base64url({
          iss: url(),
          aud: clientId,
          iat: seconds,
          exp: seconds + 60,
          ...given.claims,
        });
        const signature = sign('sha256', Buffer.from(`${head}.${claims}`), signing).toString('base64url');
        answer(200, {
          access_token: 'of no use',
          token_type: 'Bearer',
          id_token: `${head}.${claims}.${signature}`,
        });
      });
    } else answer(404, {});
  });
  const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const issuer: Issuer = {
    url: url(),
    authorize(address, claims) {
      const asked = new URL(address).searchParams;
      const code = `code-${codes.size}-${Math.random()}`;
      const nonce = asked.get('nonce');
      codes.set(code, {
        claims: { nonce, ...claims },
        challenge: asked.get('code_challenge') ?? '',
        redirectUri: asked.get('redirect_uri') ?? '',
      });
      return new URLSearchParams({ code, state: asked.get('state') ?? '' }).toString();
    },
    useWrongKey() {
      signing = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
  return issuer;
}

async function bodyOf(request: IncomingMessage): Promise<URLSearchParams> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return new URLSearchParams(text);
}
