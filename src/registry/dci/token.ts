/** The bearer token of a registry: none, a fixed one, or one by OAuth2 client credentials kept until it runs out. */
import type { DciBlock } from '../../profiles/registry-block.ts';
import { DciFailure, exchange } from './http.ts';
import { objectOf, textOf } from './json.ts';
import type { DciSecrets } from './secrets.ts';

export type TokenSource = {
  /** The value of `Authorization`; undefined: none is sent. Throws DciFailure. */
  header(signal: AbortSignal): Promise<string | undefined>;
  /** The registry refused this header: it is not used again. False where a new one would be the same. */
  refuse(header: string): boolean;
};

/** Taken this long before it runs out, so that it does not on its way. */
const EARLY_MS = 30_000;
/** Where the answer does not say how long it is good. */
const DEFAULT_S = 300;
const MAX_TOKEN_BYTES = 65_536;

export function tokenSource(
  block: DciBlock,
  secrets: DciSecrets,
  url: URL,
  now: () => number = Date.now,
): TokenSource {
  const { auth } = block;
  if (auth === 'none' || auth === 'bearer') {
    const fixed = auth === 'bearer' && secrets.token ? `Bearer ${secrets.token}` : undefined;
    return { header: () => Promise.resolve(fixed), refuse: () => false };
  }
  let kept: { header: string; until: number } | undefined;
  let asking: Promise<string> | undefined;

  const ask = async (signal: AbortSignal): Promise<string> => {
    const fields = {
      grant_type: 'client_credentials',
      client_id: secrets.clientId ?? '',
      client_secret: secrets.clientSecret ?? '',
      ...(block.scope === undefined ? {} : { scope: block.scope }),
      ...block.token_fields,
    };
    const isForm = auth === 'oauth-form';
    const { status, json } = await exchange({
      url,
      headers: { 'content-type': isForm ? 'application/x-www-form-urlencoded' : 'application/json' },
      body: isForm ? new URLSearchParams(fields).toString() : JSON.stringify(fields),
      signal,
      maxBytes: MAX_TOKEN_BYTES,
    });
    const answer = objectOf(json);
    const token = textOf(answer['access_token']);
    if (status >= 400 || token === null)
      throw new DciFailure('refused', 'the registry gave no token', { status });
    // Samples of the standard write the seconds as text.
    const seconds = Number(textOf(answer['expires_in']) ?? DEFAULT_S) || DEFAULT_S;
    const header = `Bearer ${token}`;
    kept = { header, until: now() + seconds * 1_000 - Math.min(EARLY_MS, seconds * 500) };
    return header;
  };

  return {
    async header(signal) {
      if (kept && kept.until > now()) return kept.header;
      // Many callers at once ask once; who gives up does not take the token from the others.
      asking ??= ask(AbortSignal.timeout(block.timeout_ms)).finally(() => {
        asking = undefined;
      });
      return before(signal, asking);
    },
    refuse(header) {
      if (kept?.header === header) kept = undefined;
      return true;
    },
  };
}

function before<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => {
      reject(new DciFailure('timeout', 'the registry did not answer in time'));
    };
    if (signal.aborted) late();
    signal.addEventListener('abort', late, { once: true });
    work.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', late);
    });
  });
}
