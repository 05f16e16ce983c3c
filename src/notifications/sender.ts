/** Sends what the outbox holds: one lane for each provider product, woken by the database, and the housekeeping. */
import type { Channel } from '../channels/channel.ts';
import type { Keys } from '../privacy/keys.ts';
import { withinQuietHours } from '../profiles/calendar.ts';
import type { Profile } from '../profiles/profile.ts';
import type { Database } from '../store/database.ts';
import { expireLeases, expireQueued, rehome } from './claim.ts';
import { createLane, type Attempt, type Lane, type Log, type Product } from './lane.ts';
import { listen } from './listen.ts';
import { carryOn, type OnwardOptions } from './onward.ts';
import { settleEarlyReceipts } from './receipts.ts';

export type SenderOptions = {
  db: Database;
  keys: Keys;
  /** All that are configured. The first product of a channel takes what is fixed to none. */
  channels: readonly Channel[];
  profile: Pick<Profile, 'quiet_hours' | 'calendar' | 'limits'>;
  log: Log;
  onAttempt?: (attempt: Attempt) => void;
  /** Told of who was reached by no means, in the transaction that finds it out. */
  /** A provider stopped answering, or answers again. */
  onBreaker?: (provider: string, isOpen: boolean) => void;
  onUnreached?: OnwardOptions['onUnreached'];
  now?: () => Date;
  /** Messages on their way at once, for each product in this process; at least 8, and enough for a quarter of a second. */
  concurrency?: number;
  /** Messages a second by product name, all processes together; the profile's limit where none is named. */
  rates?: Readonly<Record<string, number>>;
};

export type Sender = {
  /** Resolves after the first housekeeping: what a dead process left behind is settled. */
  start(): Promise<void>;
  /** Looks for work now; for tests and for who has just enqueued in this process. */
  wake(): void;
  /** Claims nothing more and waits for what is under way, at most `graceMs` (10 s). What is left becomes `unknown`. */
  stop(graceMs?: number): Promise<void>;
};

const POLL_MS = 1_000;
const TIDY_MS = 5_000;
const GRACE_MS = 10_000;
const CONCURRENCY = 8;
const MOST_AT_ONCE = 100;

/** Any number of senders may run on one database, in any number of processes. */
export function createSender(options: SenderOptions): Sender {
  const { db, channels, profile, log, now = () => new Date(), onAttempt = () => undefined } = options;
  const products = channels.filter(isProduct);
  const isFirst = (product: Product) =>
    products.find((other) => other.channel === product.channel) === product;
  const lanesOf = (product: Product) => (isFirst(product) ? [product.name, product.channel] : [product.name]);
  /** While all products of the channel before it are away, it also takes what is fixed to none. */
  const servedNow = (product: Product) => {
    const earlier = products.slice(0, products.indexOf(product));
    const stands = earlier.every(
      ({ name, channel }) =>
        channel !== product.channel || lanes[products.findIndex((p) => p.name === name)]?.isOpen(),
    );
    return stands ? [product.name, product.channel] : [product.name];
  };
  const rateOf = ({ name }: Product) => options.rates?.[name] ?? profile.limits.messages_per_second;
  const isQuiet = (at: Date) => withinQuietHours(at, profile.quiet_hours, profile.calendar.tz);
  const lanes: Lane[] = products.map((product) =>
    createLane({
      ...{ db, keys: options.keys, product, lanes: () => servedNow(product), log, onAttempt, now, isQuiet },
      onBreaker: (isOpen) => {
        options.onBreaker?.(product.name, isOpen);
        // Another product may take over, or hand back.
        wake();
      },
      concurrency:
        options.concurrency ?? Math.min(MOST_AT_ONCE, Math.max(CONCURRENCY, Math.ceil(rateOf(product) / 4))),
      perSecond: rateOf(product),
    }),
  );
  const sms = products.filter(({ channel }) => channel === 'sms').map(({ name }) => name);
  const openChannels = [...new Set(products.map(({ channel }) => channel))];
  const servedLanes = products.flatMap(lanesOf);

  const wake = (): void => {
    for (const lane of lanes) lane.wake();
  };

  const tidy = async (): Promise<void> => {
    try {
      const lost = await expireLeases(db, now());
      if (lost > 0) log(`a sender died: whether ${lost} messages left is unknown`, undefined);
      const failed = await rehome(db, servedLanes, openChannels, now());
      if (failed > 0) log(`${failed} messages failed: their channel is off`, undefined);
      await settleEarlyReceipts(db, now());
      const away = products.filter((_product, index) => lanes[index]?.isOpen());
      if (away.length > 0) await expireQueued(db, away.flatMap(lanesOf), now());
      const { onUnreached } = options;
      await carryOn({ db, keys: options.keys, sms, now: now(), ...(onUnreached && { onUnreached }) });
      wake();
    } catch (error) {
      log('the outbox could not be tidied; the next pass tries again', error);
    }
  };

  let timers: NodeJS.Timeout[] = [];
  let tidying: Promise<void> | undefined;
  let stopListening: (() => Promise<void>) | undefined;
  const tidyOnce = (): Promise<void> =>
    (tidying ??= tidy().finally(() => {
      tidying = undefined;
    }));

  return {
    wake,
    start: async () => {
      stopListening ??= listen(db, 'outbound', wake);
      if (timers.length === 0)
        timers = [setInterval(wake, POLL_MS), setInterval(() => void tidyOnce(), TIDY_MS)];
      wake();
      await tidyOnce();
    },
    stop: async (graceMs = GRACE_MS) => {
      for (const timer of timers) clearInterval(timer);
      const drained = Promise.all([stopListening?.(), tidying, ...lanes.map((lane) => lane.drain())]);
      let timer: NodeJS.Timeout | undefined;
      const grace = new Promise((resolve) => (timer = setTimeout(resolve, graceMs)));
      await Promise.race([drained, grace]);
      clearTimeout(timer);
    },
  };
}

function isProduct(channel: Channel): channel is Product {
  return channel.channel !== 'ussd' && channel.send !== undefined;
}
