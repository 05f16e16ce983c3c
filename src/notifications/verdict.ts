/** What follows from a failed attempt: again later, never again, or nobody knows. Pure, so that a table can test it. */
import { SendError } from '../channels/channel.ts';

export type Verdict = {
  state: 'queued' | 'failed' | 'unknown';
  /** For `queued`: milliseconds to wait. */
  wait: number;
  /** For the `error` column: a code, with the provider's own where it has one; never a sentence. */
  error: string;
  /** The person does not want messages from this sender. */
  optOut: boolean;
  /** People must act. */
  alert: boolean;
};

export const MAX_ATTEMPTS = 8;

const second = 1_000;
const minute = 60 * second;

/** An hour of a provider's outage must fit into the attempts, and the first repetition must come quickly. */
const backoff = { first: 5 * second, factor: 4, longest: 60 * minute };

/** People mend credentials and balances; asking more often only fills logs. Such attempts are not counted. */
const untilPeopleActed = 15 * minute;

/**
 * @param attempts how often it was tried, this time included.
 * @param random spreads the repetitions of messages that failed together; 0 up to 1.
 */
export function judge(error: unknown, attempts: number, random = Math.random()): Verdict {
  // Channels reject with SendError only: anything else is a bug, and may have struck after the request left.
  if (!(error instanceof SendError))
    return { state: 'unknown', wait: 0, error: 'unexpected', optOut: false, alert: true };
  const spread = (wait: number) => Math.round(wait * (0.75 + random / 2));
  const { optOut, alert } = error;
  const common = { error: describe(error), optOut, alert };
  if (error.unknown) return { ...common, state: 'unknown', wait: 0 };
  if (optOut) return { ...common, state: 'failed', wait: 0 };
  if (alert) return { ...common, state: 'queued', wait: spread(untilPeopleActed) };
  if (!error.retryable || attempts >= MAX_ATTEMPTS) return { ...common, state: 'failed', wait: 0 };
  const wait = Math.min(backoff.first * backoff.factor ** (attempts - 1), backoff.longest);
  return { ...common, state: 'queued', wait: spread(wait) };
}

/** The code and the provider's code behind it; what looks like a sentence or a phone number is left out. */
function describe({ code, message }: SendError): string {
  const isHarmless = message.length <= 80 && !/\d{7}/.test(message) && message.startsWith(code);
  return isHarmless ? message : code;
}
