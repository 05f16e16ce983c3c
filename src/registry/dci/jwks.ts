/** Public keys of a registry: those in the profile, and those it publishes where the profile says so. */
import type { DciBlock } from '../../profiles/registry-block.ts';
import { exchange } from './http.ts';
import { listOf, objectOf } from './json.ts';
import { readTrustedKey, type TrustedKey } from './signature.ts';

/** Long enough not to ask for each callback, short enough to notice a new key. */
const KEPT_MS = 600_000;
const ASK_MS = 2_000;
const MAX_BYTES = 65_536;

/** While the registry publishes nothing, what it published last still holds; never having read any, there are none. */
export function trustedKeys(
  block: Pick<DciBlock, 'keys' | 'jwks_url'>,
  now: () => Date,
): () => Promise<readonly TrustedKey[]> {
  const fixed = block.keys.flatMap((jwk) => readTrustedKey(jwk) ?? []);
  let published: TrustedKey[] = [];
  let until = 0;
  let asking: Promise<void> | undefined;

  const ask = async (url: string): Promise<void> => {
    try {
      const { json } = await exchange({
        url: new URL(url),
        method: 'GET',
        headers: {},
        signal: AbortSignal.timeout(ASK_MS),
        maxBytes: MAX_BYTES,
      });
      until = now().getTime() + KEPT_MS;
      published = listOf(objectOf(json)['keys']).flatMap((jwk) => readTrustedKey(objectOf(jwk)) ?? []);
    } catch {
      until = now().getTime() + ASK_MS;
    }
  };

  return async () => {
    if (block.jwks_url !== undefined && now().getTime() >= until)
      // Callbacks that come together wait for one answer.
      await (asking ??= ask(block.jwks_url).finally(() => {
        asking = undefined;
      }));
    return [...fixed, ...published];
  };
}
