/** One provider product's way out: claims what it has room and rate for, sends it, and writes down what came of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Channel, Outbound, Sent } from '../channels/channel.ts';
import { SendError } from '../channels/channel.ts';
import type { Keys } from '../privacy/keys.ts';
import type { Database } from '../store/database.ts';
import { takeAllowance } from './allowance.ts';
import { createBreaker } from './breaker.ts';
import { claim, LEASE_MS, markFailed, markSent, type Claimed } from './claim.ts';
import { openMessage, priorities, type MessageKind } from './outbox.ts';
import { judge, type Verdict } from './verdict.ts';

/** A channel that can send. */
export type Product = Channel & { channel: 'sms' | 'whatsapp'; send: NonNullable<Channel['send']> };

/** Told what went wrong. Of the error only class and code may be logged. */
export type Log = (what: string, error: unknown) => void;

/** One attempt to send, for the metrics. `seconds`: how long the provider took. */
export type Attempt = {
  provider: string;
  kind: MessageKind;
  outcome: 'sent' | Verdict['state'];
  seconds: number;
};

export type LaneOptions = {
  db: Database;
  keys: Keys;
  product: Product;
  /** What it may claim now, see `outbound.lane`. */
  lanes: () => readonly string[];
  /** Messages on their way at once. */
  concurrency: number;
  /** Messages a second by this product, all processes together. */
  perSecond: number;
  log: Log;
  onAttempt: (attempt: Attempt) => void;
  /** The provider stopped answering, or answers again. */
  onBreaker: (isOpen: boolean) => void;
  now: () => Date;
  isQuiet: (at: Date) => boolean;
};

export type Lane = {
  /** Looks for work. Cheap, and never rejects. */
  wake(): void;
  /** The provider does not answer: it gets one message now and then. */
  isOpen(): boolean;
  /** Claims nothing any more; resolves when nothing is under way. */
  drain(): Promise<void>;
};

/** Beyond `concurrency`, for replies only: a hanging campaign never holds up who just wrote to us. */
const REPLY_ROOM = 4;

/** A send without an answer for so long is over; channels have shorter deadlines of their own. */
const SEND_MS = LEASE_MS / 2;

/** A provider that refuses us does so for each message: one line a minute says it. */
const ALERT_EVERY_MS = 60_000;

const onlyReplies = [priorities.reply];
const always = [priorities.reply, priorities.security, priorities.answer];
const byDay = [...always, priorities.notice];

export function createLane(options: LaneOptions): Lane {
  const { db, keys, product, lanes, log, now } = options;
  const provider = product.name;
  const breaker = createBreaker({
    clock: () => now().getTime(),
    onChange: (isOpen) => {
      log(
        isOpen
          ? `${provider} takes no messages: they wait, and one is tried now and then`
          : `${provider} takes messages again`,
        undefined,
      );
      options.onBreaker(isOpen);
    },
  });
  /** Taken from the allowance and not used yet. */
  let granted = 0;
  const underWay = new Set<Promise<void>>();
  let claiming: Promise<void> | undefined;
  let isAsked = false;
  let isEmpty = false;
  let isDraining = false;
  let timer: NodeJS.Timeout | undefined;
  let lastAlert = -Infinity;

  const wake = (): void => {
    isEmpty = false;
    work();
  };

  const work = (): void => {
    if (isDraining || isEmpty) return;
    isAsked = true;
    claiming ??= claimAll().finally(() => {
      claiming = undefined;
      if (isAsked) work();
    });
  };

  const claimAll = async (): Promise<void> => {
    isAsked = false;
    const room = options.concurrency - underWay.size;
    const wanted = Math.min(room > 0 ? room : room + REPLY_ROOM, breaker.room());
    if (wanted <= 0) {
      if (breaker.wait() > 0) workLater(breaker.wait());
      return;
    }
    const at = now();
    const served = room <= 0 ? onlyReplies : options.isQuiet(at) ? always : byDay;
    try {
      if (granted < wanted) {
        const more = { product: provider, perSecond: options.perSecond, wanted: wanted - granted };
        granted += await takeAllowance(db, more);
      }
      if (granted === 0) {
        workLater(1_000 / options.perSecond);
        return;
      }
      const limit = Math.min(wanted, granted);
      const claimed = { provider, lanes: lanes(), priorities: served, limit, now: at };
      const { messages, taken } = await claim(db, claimed);
      granted -= messages.length;
      if (messages.length > 0) breaker.trying();
      for (const message of messages) send(message);
      if (taken === limit) isAsked = true;
      else if (served !== onlyReplies) isEmpty = !isAsked;
    } catch (error) {
      // The database is away: the next poll tries again.
      isEmpty = true;
      log(`messages for ${provider} could not be claimed`, error);
    }
  };

  const workLater = (ms: number): void => {
    clearTimeout(timer);
    timer = setTimeout(work, ms);
  };

  const send = (message: Claimed): void => {
    const sending = attempt(message).finally(() => {
      underWay.delete(sending);
      work();
    });
    underWay.add(sending);
  };

  const attempt = async (message: Claimed): Promise<void> => {
    const started = performance.now();
    let verdict: Verdict | undefined;
    let write: () => Promise<void>;
    try {
      const { providerId } = await inTime(product.send(open(message)));
      write = () => markSent(db, message, providerId, now());
      breaker.answered();
    } catch (error) {
      const judged = judge(error, message.attempts);
      verdict = judged;
      if (isOfMessage(error)) breaker.unasked();
      else if (isOutage(error)) breaker.failed();
      else breaker.answered();
      if (judged.alert) alert(error);
      write = () => markFailed(db, message, judged, now());
    }
    const seconds = (performance.now() - started) / 1_000;
    await mark(write);
    options.onAttempt({ provider, kind: message.kind, outcome: verdict?.state ?? 'sent', seconds });
  };

  /** What another key sealed cannot leave before people have mended the key. */
  const open = (message: Claimed): Outbound => {
    try {
      return { id: String(message.id), ...openMessage(keys, message) };
    } catch {
      throw new SendError('seal.broken', { alert: true });
    }
  };

  /** What happened must be written even if the database is just restarting; after the lease, others call it unknown. */
  const mark = async (write: () => Promise<void>): Promise<void> => {
    const until = performance.now() + LEASE_MS;
    for (let wait = 100; ; wait = Math.min(wait * 2, 5_000)) {
      try {
        await write();
        return;
      } catch (error) {
        if (performance.now() + wait > until) {
          log(`what became of a message by ${provider} could not be stored`, error);
          return;
        }
        await sleep(wait);
      }
    }
  };

  const alert = (error: unknown): void => {
    if (performance.now() - lastAlert < ALERT_EVERY_MS) return;
    lastAlert = performance.now();
    log(`messages by ${provider} cannot leave until people act`, error);
  };

  return {
    wake,
    isOpen: () => breaker.isOpen(),
    drain: async () => {
      isDraining = true;
      clearTimeout(timer);
      await claiming;
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}

/** It says something of the provider, or of our account there, and nothing of this message. */
function isOutage(error: unknown): boolean {
  return error instanceof SendError && (error.unknown || error.alert || OUTAGES.has(error.code));
}

/** It never reached the provider, or could not have: our key, our template. */
function isOfMessage(error: unknown): boolean {
  return error instanceof SendError && OF_MESSAGE.has(error.code);
}

const OF_MESSAGE: ReadonlySet<string> = new Set(['seal.broken', 'template.missing']);

const OUTAGES: ReadonlySet<string> = new Set(['unavailable', 'rate']);

async function inTime(sending: Promise<Sent>): Promise<Sent> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new SendError('answer.lost', { unknown: true }));
    }, SEND_MS);
  });
  return Promise.race([sending, late]).finally(() => {
    clearTimeout(timer);
  });
}
