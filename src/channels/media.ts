/** How what citizens sent beside words is fetched from a provider, and why it cannot be. */

export type FetchedMedia = {
  /** What the provider says it is: to be believed by nobody. */
  type?: string;
  /** What the provider says it is long, in bytes. */
  length?: number;
  body: AsyncIterable<Uint8Array>;
};

export type MediaFetcher = {
  /** The provider products whose media it fetches. */
  providers: readonly string[];
  /** Rejects with MediaFailure only; the body may fail with anything. */
  fetch(source: string, signal: AbortSignal): Promise<FetchedMedia>;
};

/** `address`: not an address of this provider. `gone`: it is there no more. `unreachable`: it may be later. */
export class MediaFailure extends Error {
  readonly why: 'address' | 'gone' | 'unreachable';
  constructor(why: MediaFailure['why']) {
    super(why);
    this.name = 'MediaFailure';
    this.why = why;
  }
}
