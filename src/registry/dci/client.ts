/**
 * Speaks with one DCI registry: signs, authorises, asks within the deadline, asks once more where that is safe, and rests
 * when the registry is in trouble. What goes wrong is counted and becomes RegistryUnavailable, never "no".
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { DciBlock } from '../../profiles/registry-block.ts';
import { RegistryUnavailable, type Purpose } from '../registry.ts';
import { deadline } from './deadline.ts';
import { Closed, gate } from './breaker.ts';
import { envelope, searchMessage, type Action, type Section, type Wanted, type Writer } from './envelope.ts';
import { DciFailure, exchange } from './http.ts';
import { textOf, type Json } from './json.ts';
import { readAck, readSearchReply } from './reply.ts';
import type { DciSecrets } from './secrets.ts';
import { readSigningKey, type SigningKey } from './signature.ts';
import { tokenSource } from './token.ts';
import { waiting, type Waiting } from './waiting.ts';

/** `unasked`: nobody asked yet; `resting`: it failed so often that it is left alone for a moment. */
export type RegistryState = 'unasked' | 'up' | 'down' | 'resting';

export type ClientEvents = {
  /** One request; `outcome`: `answered`, or why not. */
  onRequest?(outcome: string, seconds: number): void;
};

export type ClientOptions = {
  block: DciBlock;
  secrets: DciSecrets;
  /** Where the registry may bring answers, without its last part. */
  callbackBase?: string;
  events?: ClientEvents;
  now?: () => Date;
  isProduction?: boolean;
};

/** Where, and for which types, a search goes. */
export type Target = Section & { url?: string | undefined; receiver_id?: string | undefined };

export type DciClient = {
  block: DciBlock;
  signingKey: SigningKey | undefined;
  /** The records that the registry gives for an identifier: none of them is believed to be hers yet. */
  search(target: Target, wanted: Wanted, purpose: Purpose, signal: AbortSignal): Promise<Json[]>;
  /** Sends what is answered by an acknowledgement only. Throws RegistryUnavailable unless it is taken. */
  send(action: Action, path: string, message: Json, signal: AbortSignal): Promise<void>;
  /** Answers of asynchronous searches go in here. */
  waiting: Waiting<unknown>;
  state(): RegistryState;
};

/** Milliseconds that must be left for a second try to make sense. */
const WORTH_TRYING_MS = 300;
const AGAIN: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** Throws one sentence for the operator where the profile and the secrets do not fit. */
export function dciClient(options: ClientOptions): DciClient {
  const { block, secrets, callbackBase, events = {}, now = () => new Date() } = options;
  const base = baseOf(block, secrets, options.isProduction ?? false);
  const signingKey = signingKeyOf(block, secrets);
  const tokens = tokenSource(block, secrets, sameHost(base, block.token_url, 'token_url'));
  const door = gate({ concurrency: block.concurrency });
  const waiters = waiting<unknown>();
  let last: 'unasked' | 'up' | 'down' = 'unasked';

  /** One attempt; 401 with a token that can be had anew counts as none. */
  const attempt = async (url: URL, body: () => string, signal: AbortSignal): Promise<unknown> => {
    for (let isSecond = false; ; isSecond = true) {
      const authorization = await tokens.header(signal);
      const { status, json } = await exchange({
        url,
        headers: { 'content-type': 'application/json', ...(authorization ? { authorization } : {}) },
        body: body(),
        signal,
        maxBytes: block.max_bytes,
      });
      if (status < 400) return json;
      if (status === 401 && !isSecond && authorization !== undefined && tokens.refuse(authorization))
        continue;
      throw new DciFailure('status', 'the registry answered with an error', { status });
    }
  };

  const mayAgain = (error: unknown, due: number) =>
    error instanceof DciFailure &&
    (error.kind === 'network' || (error.kind === 'status' && AGAIN.has(error.status ?? 0))) &&
    due - performance.now() > WORTH_TRYING_MS;

  /** `isSafe`: asking twice changes nothing there. `read` throws where the answer is none. */
  const call = async <T>(
    url: URL,
    body: () => string,
    signal: AbortSignal,
    isSafe: boolean,
    read: (json: unknown) => T | Promise<T>,
  ): Promise<T> => {
    if (signal.aborted) throw new RegistryUnavailable('the registry did not answer in time');
    const started = performance.now();
    const due = started + block.timeout_ms;
    const { signal: within, end } = deadline(signal, block.timeout_ms);
    let outcome = 'answered';
    try {
      const answer = await door.pass(async () => {
        try {
          return await read(await attempt(url, body, within));
        } catch (error) {
          if (!isSafe || !mayAgain(error, due)) throw error;
          await sleep(30 + Math.random() * 120, undefined, { signal: within });
          return read(await attempt(url, body, within));
        }
      });
      last = 'up';
      return answer;
    } catch (error) {
      outcome = error instanceof DciFailure ? error.kind : error instanceof Closed ? 'not_asked' : 'timeout';
      if (!(error instanceof Closed)) last = 'down';
      throw new RegistryUnavailable('the registry gave no answer', { cause: error });
    } finally {
      end();
      events.onRequest?.(outcome, (performance.now() - started) / 1_000);
    }
  };

  const writerFor = (receiver: string | undefined, callback?: string): Writer => ({
    block,
    signingKey,
    receiverId: receiver ?? block.receiver_id ?? base.hostname,
    ...(callback === undefined || callbackBase === undefined ? {} : { callbackUrl: callbackBase + callback }),
  });

  return {
    block,
    signingKey,
    waiting: waiters,
    search(target, wanted, purpose, signal) {
      const at = target.url === undefined ? base : sameHostOf(target.url, options.isProduction ?? false);
      const message = searchMessage(block, target, wanted, purpose, now());
      const isAsync = block.search === 'async';
      const writer = writerFor(target.receiver_id, isAsync ? '/on-search' : undefined);
      const body = () => JSON.stringify(envelope(writer, 'search', message, now()));
      if (!isAsync)
        return call(
          join(at, '/registry/sync/search'),
          body,
          signal,
          true,
          (json) => readSearchReply(json).records,
        );
      const transaction = textOf(message['transaction_id']) ?? '';
      const { signal: within, end } = deadline(signal, block.timeout_ms);
      // Waited for before it is asked: the answer may come before the acknowledgement.
      const brought = waiters.answer(transaction, within);
      brought.catch(() => undefined).finally(end);
      return call(join(at, '/registry/search'), body, signal, false, async (json) => {
        readAck(json);
        return readSearchReply(await brought).records;
      });
    },
    async send(action, path, message, signal) {
      const writer = writerFor(undefined, `/on-${action}`);
      const body = () => JSON.stringify(envelope(writer, action, message, now()));
      await call(join(base, path), body, signal, false, readAck);
    },
    state: () => (door.state() === 'open' ? 'resting' : last),
  };
}

/** `base` + path, whether or not the base ends in a slash. */
function join(base: URL, path: string): URL {
  const url = new URL(base);
  url.pathname = url.pathname.replace(/\/+$/, '') + path;
  return url;
}

function baseOf({ url }: DciBlock, secrets: DciSecrets, isProduction: boolean): URL {
  const text = secrets.url ?? url;
  if (text === undefined)
    throw new Error('REGISTRY_DCI_URL: is required, or registry.url in the profile, for a DCI registry');
  return sameHostOf(text, isProduction);
}

/** An address the operator wrote: the only ones that are ever called. */
function sameHostOf(text: string, isProduction: boolean): URL {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol)) throw new Error('REGISTRY_DCI_URL: must be an https address');
  if (url.username !== '' || url.password !== '')
    throw new Error('REGISTRY_DCI_URL: must not hold a name or password; see REGISTRY_DCI_TOKEN and its kin');
  // What leaves over the loopback is encrypted by whoever listens there.
  const isLoopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  if (isProduction && url.protocol !== 'https:' && !isLoopback)
    throw new Error('REGISTRY_DCI_URL: must be an https address in production');
  return url;
}

/** A path, or an address on the host of the registry: a token must not leak to another. */
function sameHost(base: URL, text: string, key: string): URL {
  const url = text.startsWith('/') ? join(base, text) : URL.parse(text);
  if (!url) throw new Error(`registry.${key}: is neither a path nor an address`);
  if (url.host !== base.host) throw new Error(`registry.${key}: must be on the host of the registry`);
  return url;
}

function signingKeyOf(block: DciBlock, { signingKey, keyId }: DciSecrets): SigningKey | undefined {
  if (signingKey === undefined) {
    if (block.signature === 'none') return undefined;
    throw new Error('REGISTRY_DCI_SIGNING_KEY: is required when the profile says how to sign');
  }
  try {
    return readSigningKey(signingKey, keyId ?? 'key-1');
  } catch {
    throw new Error('REGISTRY_DCI_SIGNING_KEY: must be an Ed25519 key, as PEM or 32 bytes in base64');
  }
}
