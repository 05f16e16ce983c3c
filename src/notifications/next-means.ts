/** What follows when a message did not arrive: another means, people, or nothing. Pure, so that a table can test it. */
import type { OutboundContent } from '../channels/channel.ts';
import { segments } from '../render/measure.ts';

/** A message that ended without arriving. */
export type Ended = {
  state: 'failed' | 'cancelled';
  /** The `error` column: a code, perhaps with the provider's own in brackets. */
  error: string | null;
  channel: 'sms' | 'whatsapp';
  /** It had left, and a delivery report says that it failed. */
  wasSent: boolean;
  /** It may leave by its product only. */
  isFixed: boolean;
};

/** `provider` null: whichever product of the channel is open. */
export type Means =
  { onward: 'message'; channel: 'sms'; provider: string | null } | { onward: 'people' } | { onward: 'none' };

export type Ways = {
  /** SMS products that are configured, in their order. */
  sms: readonly string[];
  /** Products by which this news was tried already. */
  tried: ReadonlySet<string>;
  /** She has a phone. */
  hasPhone: boolean;
};

const PEOPLE: Means = { onward: 'people' };

/** She does not want it, or it is too late: another means would be wrong. */
const FOR_PEOPLE: ReadonlySet<string> = new Set(['to.optedOut', 'expired', 'stopped', 'consent', 'by_hand']);

/** Reasons that lie with a provider and not with her number or our words: another provider may do better. */
const OF_THE_PROVIDER: ReadonlySet<string> = new Set([
  'unavailable',
  'rate',
  'refused',
  'credentials',
  'balance',
  'configuration',
  'content.refused',
  'to.unreachable',
]);

/**
 * WhatsApp -> SMS -> another SMS provider -> people. A message that may have left (`unknown`) never comes here. One that
 * an SMS network has reported as failed is for people: the network has tried, and a second copy could meet the first.
 */
export function nextMeans(ended: Ended, { sms, tried, hasPhone }: Ways): Means {
  const code = /^[^ ]*/.exec(ended.error ?? '')?.[0] ?? '';
  if (ended.state === 'cancelled' && !FOR_PEOPLE.has(code)) return { onward: 'none' };
  if (ended.isFixed || FOR_PEOPLE.has(code) || !hasPhone) return PEOPLE;
  if (ended.channel === 'whatsapp')
    return sms.length > 0 ? { onward: 'message', channel: 'sms', provider: null } : PEOPLE;
  const other = sms.find((product) => !tried.has(product));
  return other !== undefined && !ended.wasSent && OF_THE_PROVIDER.has(code)
    ? { onward: 'message', channel: 'sms', provider: other }
    : PEOPLE;
}

/** SMS parts a notice may take: contract §8 "Lengths". */
const MOST_PARTS = { gsm7: 1, ucs2: 2 } as const;

/**
 * The same words as an SMS; undefined: they do not fit, or only make sense where they can be tapped. No more is said than
 * before: what was discreet stays so, and of a template only its own short text is used.
 */
export function asSms(content: OutboundContent): OutboundContent | undefined {
  if (content.kind !== 'text' && content.kind !== 'template') return undefined;
  const body = content.kind === 'text' ? content.body : content.fallback;
  const { segments: parts, encoding } = segments(body);
  return body !== '' && parts <= MOST_PARTS[encoding] ? { kind: 'text', body } : undefined;
}
