/** One HTTP exchange with a registry: no redirect is followed, no answer is read beyond its limit or its time. */
import type { Json } from './json.ts';

/** Why there is no answer; `status` is told apart because some of them may be asked again. */
export type FailureKind =
  'network' | 'timeout' | 'too_large' | 'redirect' | 'malformed' | 'status' | 'refused';

/** The registry gave no answer that can be read. The message names no person and no address. */
export class DciFailure extends Error {
  readonly kind: FailureKind;
  readonly status: number | undefined;
  constructor(kind: FailureKind, message: string, options: { status?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'DciFailure';
    this.kind = kind;
    this.status = options.status;
  }
}

export type Exchange = {
  url: URL;
  method?: 'GET' | 'POST';
  headers: Record<string, string>;
  body?: string;
  signal: AbortSignal;
  maxBytes: number;
};

/** The status and the JSON of the answer, `undefined` where a refusal holds none. Throws DciFailure. */
export async function exchange(asked: Exchange): Promise<{ status: number; json: unknown }> {
  const { url, method = 'POST', headers, body, signal, maxBytes } = asked;
  let answer: Response;
  try {
    answer = await fetch(url, {
      method,
      headers: { accept: 'application/json', ...headers },
      ...(body === undefined ? {} : { body }),
      redirect: 'manual',
      signal,
    });
  } catch (error) {
    throw failureOf(error, signal);
  }
  if (answer.status >= 300 && answer.status < 400) {
    await answer.body?.cancel().catch(() => undefined);
    throw new DciFailure('redirect', 'the registry sent us elsewhere, where we do not go', {
      status: answer.status,
    });
  }
  const text = await read(answer, maxBytes, signal);
  return { status: answer.status, json: parse(text, answer.ok) };
}

async function read(answer: Response, maxBytes: number, signal: AbortSignal): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    // Counted as it is read, unpacked: what a header promises, and what was squeezed, may be anything.
    for await (const chunk of answer.body ?? []) {
      const bytes = chunk as Uint8Array;
      size += bytes.byteLength;
      if (size > maxBytes) throw new DciFailure('too_large', 'the registry answered more than we read');
      chunks.push(bytes);
    }
  } catch (error) {
    throw error instanceof DciFailure ? error : failureOf(error, signal);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string, mustBeJson: boolean): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, '')) as Json;
  } catch {
    // The parser's own message quotes the text.
    if (mustBeJson) throw new DciFailure('malformed', 'the registry answered no JSON');
    return undefined;
  }
}

function failureOf(cause: unknown, signal: AbortSignal): DciFailure {
  if (signal.aborted) return new DciFailure('timeout', 'the registry did not answer in time', { cause });
  return new DciFailure('network', 'the registry cannot be reached', { cause });
}
