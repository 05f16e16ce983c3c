/** Why a provider did not take a message: one closed list for all providers, and how a lost connection maps to it. */
import { SendError } from './channel.ts';

type Traits = { retryable?: true; unknown?: true; optOut?: true; alert?: true };

const failures = {
  /** The provider refuses our credentials. */
  credentials: { alert: true },
  /** The account has no money left. Sending again works once it has been topped up. */
  balance: { alert: true, retryable: true },
  /** Sender, service, region or account is not set up for this. */
  configuration: { alert: true },
  /** Too much at once. */
  rate: { retryable: true },
  /** The provider could not be reached, or failed before it took the message. */
  unavailable: { retryable: true },
  /** The request left and no usable answer came back: the message may be on its way. */
  'answer.lost': { unknown: true },
  'to.invalid': {},
  /** No route to this number, a landline, or not on WhatsApp: another channel may work. */
  'to.unreachable': {},
  /** The handset is off or out of coverage. */
  'to.absent': { retryable: true },
  'to.optedOut': { optOut: true },
  /** Against the channel's own limits, e.g. a list row title over 24 units. */
  'content.invalid': {},
  'content.tooLong': {},
  /** This channel has no such form, e.g. buttons by SMS. */
  'content.unsupported': {},
  /** A filter or policy of the carrier refused the words. */
  'content.refused': {},
  'template.missing': { alert: true },
  /** WhatsApp: more than 24 hours since the citizen wrote; only a template may open the conversation again. */
  'window.closed': {},
  /** Refused for a reason that fits none of the others. */
  refused: {},
} as const satisfies Record<string, Traits>;

export type FailureCode = keyof typeof failures;

/** The SendError for `code`. `detail` is the provider's own code or word, never its sentence: those quote phone numbers. */
export function failure(code: FailureCode, detail?: string): SendError {
  return new SendError(code, {
    ...failures[code],
    message: detail === undefined ? code : `${code} (${detail})`,
  });
}

/** True when this kind of failure means that the person must not be written to again. */
export function isOptOut(code: FailureCode): boolean {
  return code === 'to.optedOut';
}

/** Node and TLS codes that can only occur before a byte of the request has left. */
const neverLeft = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ERR_INVALID_URL',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/**
 * Reads an error of an HTTP client that came without an answer. Only its code is kept: the error itself carries the
 * request, and so the API key and the citizen's number. Whatever is not known to have failed early counts as lost.
 */
export function transportFailure(error: unknown): SendError {
  if (error instanceof SendError) return error;
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: { syscall?: unknown } };
  const word = typeof code === 'string' ? code : undefined;
  const early = (word !== undefined && neverLeft.has(word)) || cause?.syscall === 'connect';
  return failure(early ? 'unavailable' : 'answer.lost', word);
}

/** Reads an HTTP status that came without a provider code. 504 says that the answer got lost behind the provider's door. */
export function statusFailure(status: number): SendError {
  const detail = `HTTP ${status}`;
  if (status === 401 || status === 403) return failure('credentials', detail);
  if (status === 429) return failure('rate', detail);
  if (status === 504 || status < 300) return failure('answer.lost', detail);
  if (status >= 500) return failure('unavailable', detail);
  return failure(status < 400 || status === 404 ? 'configuration' : 'refused', detail);
}

/** `promise`, or an `answer.lost` once `ms` milliseconds have passed. */
export async function answerWithin<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(failure('answer.lost', `no answer in ${ms} ms`));
    }, ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
