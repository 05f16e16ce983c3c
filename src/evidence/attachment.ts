/** What citizens send beside words: kinds, states, and how a row is sealed. */
import type { Keys } from '../privacy/keys.ts';

export type AttachmentKind = 'photo' | 'voice' | 'location' | 'video' | 'document';

/** `draft`: she has not sent it yet. `waiting`: to be fetched from the provider. */
export type AttachmentState = 'draft' | 'waiting' | 'stored' | 'refused' | 'erased';

/**
 * Why nothing was kept: a kind that is not taken, too large, longer than two minutes, not what it says or not to be
 * cleaned, no longer at the provider, an address that is not the provider's, or a provider that could not be asked.
 */
export type Refusal = 'kind' | 'size' | 'length' | 'unreadable' | 'gone' | 'address' | 'unreachable';

/** What is said beside a content: her words under it, and the place she sent (degrees). */
export type Details = { caption?: string; place?: { latitude: number; longitude: number } };

/** Months for which it is kept, counted from a case's end where it belongs to one. */
export const KEEP_MONTHS = 24;

// Bound to the row: a sealed value that is moved to another row does not open there.
const contextOf = (part: 'source' | 'content' | 'details', id: string): string => `attachment.${part}:${id}`;

export const sealSource = (keys: Keys, id: string, url: string): Buffer =>
  keys.seal('case', url, contextOf('source', id));
export const openSource = (keys: Keys, id: string, sealed: Buffer): string =>
  keys.open('case', sealed, contextOf('source', id));

export const sealContent = (keys: Keys, id: string, content: Buffer): Buffer =>
  keys.sealBytes('case', content, contextOf('content', id));
export const openContent = (keys: Keys, id: string, sealed: Buffer): Buffer =>
  keys.openBytes('case', sealed, contextOf('content', id));

export const sealDetails = (keys: Keys, id: string, details: Details): Buffer =>
  keys.sealJson('case', details, contextOf('details', id));
export const openDetails = (keys: Keys, id: string, sealed: Buffer): Details =>
  keys.openJson('case', sealed, contextOf('details', id)) as Details;
