/** The one place that asks the Graph API of Meta: authorized requests out, refusals read. */
import { failure, statusFailure, transportFailure } from './failures.ts';
import type { FailureCode } from './failures.ts';

export type MetaAccount = {
  /** A system user's token: authorizes what we send and fetch. */
  accessToken: string;
  /** Our number as the Graph API names it, not the number itself. */
  phoneNumberId: string;
  /** The API with its version, `https://graph.facebook.com/v26.0` unless told; or a stand-in for it. */
  baseUrl?: string | undefined;
  /** How long to wait for an answer; 8,000 ms unless told. */
  timeoutMs?: number;
};

/** v26.0 is of July 2026; a version serves for about two years (channels.md D.4). */
const api = 'https://graph.facebook.com/v26.0';

const waitMs = 8_000;

/** The address of `path` in the Graph API. */
export function graphAddress({ baseUrl = api }: Pick<MetaAccount, 'baseUrl'>, path: string): string {
  return `${baseUrl.replace(/\/+$/, '')}/${path}`;
}

/**
 * Asks the Graph API: a post where there is a `body`. Resolves to the JSON object answered; rejects with SendError only,
 * and with nothing of the request in it.
 */
export async function ask(
  account: MetaAccount,
  path: string,
  body?: object,
): Promise<Readonly<Record<string, unknown>>> {
  let status: number;
  let text: string;
  try {
    const answer = await fetch(graphAddress(account, path), {
      headers: {
        authorization: `Bearer ${account.accessToken}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
      redirect: 'manual',
      signal: AbortSignal.timeout(account.timeoutMs ?? waitMs),
    });
    ({ status } = answer);
    text = await answer.text();
  } catch (error) {
    // fetch keeps the system's error, which has the code, as the cause of its own.
    throw transportFailure(error instanceof TypeError ? (error.cause ?? error) : error);
  }
  const value = parse(text);
  if (status < 200 || status >= 300) throw refusal(status, value);
  if (typeof value !== 'object' || value === null) throw failure('answer.lost', 'unreadable answer');
  return value as Record<string, unknown>;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

type GraphError = { code?: unknown; error_subcode?: unknown; error_data?: { details?: unknown } | null };

/** The object of this id does not exist, or is not ours to see. */
const noSuchObject = 33;

function refusal(status: number, value: unknown): ReturnType<typeof failure> {
  const error = (value as { error?: GraphError | null } | null | undefined)?.error;
  const code = error?.code;
  if (typeof code !== 'number' || status === 504) return statusFailure(status);
  const detail = String(code);
  if (code === 100 && error?.error_subcode === noSuchObject) return failure('configuration', detail);
  // One code for every parameter: only its details tell a wrong number from wrong content.
  if (code === 131009 && /recipient|phone/i.test(String(error?.error_data?.details)))
    return failure('to.invalid', detail);
  const known = metaFailure(code);
  const byStatus = known === 'refused' && (status === 401 || status === 403 || status >= 429);
  return byStatus ? statusFailure(status) : failure(known, detail);
}

const byErrorCode = new Map<number, FailureCode>([
  [0, 'credentials'],
  [1, 'unavailable'],
  [2, 'unavailable'],
  [3, 'credentials'],
  [4, 'rate'],
  [10, 'credentials'],
  [33, 'configuration'],
  [100, 'content.invalid'],
  [190, 'credentials'],
  [368, 'configuration'],
  [80007, 'rate'],
  [130429, 'rate'],
  // She is one of those whom Meta keeps from businesses' messages as an experiment.
  [130472, 'to.unreachable'],
  [130497, 'configuration'],
  [131000, 'unavailable'],
  [131005, 'credentials'],
  [131008, 'content.invalid'],
  [131009, 'content.invalid'],
  [131016, 'unavailable'],
  [131021, 'to.invalid'],
  [131026, 'to.unreachable'],
  // The number of a trial writes to five people only.
  [131030, 'to.unreachable'],
  [131031, 'configuration'],
  [131037, 'configuration'],
  [131042, 'balance'],
  [131045, 'configuration'],
  [131047, 'window.closed'],
  [131048, 'rate'],
  [131049, 'refused'],
  [131050, 'to.optedOut'],
  [131051, 'content.unsupported'],
  [131052, 'content.invalid'],
  [131053, 'unavailable'],
  [131056, 'rate'],
  [131057, 'unavailable'],
  [132000, 'content.invalid'],
  [132001, 'template.missing'],
  [132005, 'content.tooLong'],
  [132007, 'content.refused'],
  [132012, 'content.invalid'],
  [132015, 'template.missing'],
  [132016, 'template.missing'],
  [132018, 'content.invalid'],
  [133004, 'unavailable'],
  [133010, 'configuration'],
  [133016, 'rate'],
]);

/** Meta's error codes, in answers and status webhooks alike (channels.md D.4). */
export function metaFailure(errorCode: number): FailureCode {
  const isPermission = errorCode >= 200 && errorCode <= 299;
  return byErrorCode.get(errorCode) ?? (isPermission ? 'credentials' : 'refused');
}

/** Asks for our number. Resolves to a sentence saying what to mend, or undefined when all is well. */
export async function checkMeta(account: MetaAccount): Promise<string | undefined> {
  try {
    await ask(account, `${account.phoneNumberId}?fields=id`);
    return undefined;
  } catch (error) {
    const { code, message } = transportFailure(error);
    if (code === 'credentials') return 'Meta refuses the access token: check META_ACCESS_TOKEN.';
    if (code === 'configuration' || code === 'content.invalid')
      return 'Meta knows no such number for this token: check META_PHONE_NUMBER_ID and META_BASE_URL.';
    return `The WhatsApp Cloud API cannot be reached, ${message}: check the network, and META_BASE_URL if it is set.`;
  }
}
