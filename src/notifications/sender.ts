/** Sends what the outbox holds: one lane for each provider product, woken by the database, and the housekeeping. */
import type { Channel } from '../channels/channel.ts';
import type { Keys } from '../privacy/keys.ts';
import { withinQuietHours } from '../profiles/calendar.ts';
import type { Profile } from '../profiles/profile.ts';
import type { Database } from '../store/database.ts';
import { expireLeases, rehome } from './claim.ts';
import { createLane, type Attempt, type Lane, type Log, type Product } from './lane.ts';
import { listen } from './listen.ts';
import { settleEarlyReceipts } from './receipts.ts';

export type SenderOptions = {
  db: Database;
  keys: Keys;
  /** All that are configured. The first product of a channel takes what is fixed to none. */
  channels: readonly Channel[];
  profile: Pick<Profile, 'quiet_hours' | 'calendar'>;
  log: Log;
  onAttempt?: (attempt: Attempt) => void;
  now?: () => Date;
  /** Messages on their way at once, for each product; 8. */
  concurrency?: number;
  /** Messages a second by product name, in this process; 25 where none is named. */
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
const PER_SECOND = 25;

/** Any number of senders may run on one database, in any number of processes. */
export function createSender(options: SenderOptions): Sender {
  const { db, channels, profile, log, now = () => new Date(), onAttempt = () => undefined } = options;
  const products = channels.filter(isProduct);
  const isFirst = (product: Product) =>
    products.find((other) => other.channel === product.channel) === product;
  const lanesOf = (product: Product) => (isFirst(product) ? [product.name, product.channel] : [product.name]);
  const isQuiet = (at: Date) => withinQuietHours(at, profile.quiet_hours, profile.calendar.tz);
  const lanes: Lane[] = products.map((product) =>
    createLane({
      ...{ db, keys: options.keys, product, lanes: lanesOf(product), log, onAttempt, now, isQuiet },
      concurrency: options.concurrency ?? CONCURRENCY,
      perSecond: options.rates?.[product.name] ?? PER_SECOND,
    }),
  );
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
