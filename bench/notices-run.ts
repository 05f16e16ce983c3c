/** Payment notices to many people while workers are killed without warning: what arrived, how often, and what nobody knows. */
import { setTimeout as sleep } from 'node:timers/promises';
import { readLocales } from '../src/locales.ts';
import { expireLeases } from '../src/notifications/claim.ts';
import { enqueue, enqueueAll, type Message } from '../src/notifications/outbox.ts';
import { openKeys, type Keys } from '../src/privacy/keys.ts';
import { officeFor, type Profile } from '../src/profiles/profile.ts';
import { createTexts } from '../src/render/texts.ts';
import { openDatabase, type Database } from '../src/store/database.ts';
import { startNoticesCarrier, type NoticesCarrier } from './notices-carrier.ts';

export type NoticesOptions = {
  databaseUrl: string;
  /** 32 bytes: ENCRYPTION_KEY of the workers. */
  key: Buffer;
  profile: Profile;
  notices: number;
  workers: number;
  /** Each worker is killed after a random time of up to twice so long, and started again. */
  killEveryMs: number;
  /** So many, then the workers live; Infinity: for as long as messages wait. */
  kills: number;
  /** Starts a worker that sends by this carrier; resolves once it works. */
  startWorker: (carrierUrl: string) => Promise<{ kill: () => Promise<void> }>;
  /** Starts what lives through the run, as web processes do while workers come and go. */
  startSteady: (carrierUrl: string) => Promise<{ stop: () => Promise<void> }>;
  progress: (line: string) => void;
};

export type NoticesResult = {
  notices: number;
  states: Record<string, number>;
  kills: number;
  /** Numbers that were sent to more than once. */
  duplicates: number;
  /** Requests that the carrier never answered. */
  unanswered: number;
  /** Messages `sending` at a moment of a kill: the most that a kill can leave unknown. */
  inFlightAtKills: number;
  /** Milliseconds from the promise of a reply until the carrier had it. `lost`: with the worker that had taken it. */
  replies: { count: number; median: number; longest: number; lost: number };
  enqueueSeconds: number;
  seconds: number;
  /** Of the seconds in full run: messages carried out a second, in relation to the allowed rate. */
  rate: number;
};

const CHUNK = 2_000;
const REPLY_EVERY_MS = 500;
const noticePhone = (n: number) => `+9613${String(n).padStart(7, '0')}`;
const replyPhone = (n: number) => `+9617${String(n).padStart(7, '0')}`;

export async function runNotices(options: NoticesOptions): Promise<NoticesResult> {
  const { notices, progress } = options;
  const db = openDatabase(options.databaseUrl);
  const carrier = await startNoticesCarrier((phone) => phone.startsWith('+9617'));
  try {
    const keys = await openKeys(db, { current: options.key });
    progress(`putting ${notices} notices into the outbox`);
    const began = performance.now();
    for (let from = 0; from < notices; from += CHUNK) {
      const messages = noticesOf(options.profile, from, Math.min(notices, from + CHUNK));
      await db.transaction((tx) => enqueueAll(tx, keys, messages));
    }
    const enqueueSeconds = (performance.now() - began) / 1_000;
    const steady = await options.startSteady(carrier.url);
    const started = performance.now();
    const run = { over: false, kills: 0, inFlight: new Set<number>() };
    const killing = Array.from({ length: options.workers }, () =>
      killAndRestart(options, db, carrier.url, run),
    );
    const writing = writeReplies(db, keys, carrier, run);
    // Killing ends by itself only where a worker cannot be started.
    await Promise.race([untilNoneWaits(db, carrier, options, run), Promise.all(killing)]);
    run.over = true;
    const seconds = (performance.now() - started) / 1_000;
    await Promise.all(killing);
    const replies = await writing;
    await steady.stop();
    // As every sender does a minute after the last one died.
    await expireLeases(db, new Date(Date.now() + 120_000));
    const { rows } = await db.query<{ state: string; count: number }>(
      "select state, count(*) as count from outbound where kind = 'notice' group by state order by state",
    );
    return {
      notices,
      states: Object.fromEntries(rows.map(({ state, count }) => [state, count])),
      kills: run.kills,
      duplicates: [...carrier.carriedOut.values()].filter((times) => times > 1).length,
      unanswered: carrier.unanswered,
      inFlightAtKills: run.inFlight.size,
      replies,
      enqueueSeconds,
      seconds,
      rate: rateOf(carrier) / options.profile.limits.messages_per_second,
    };
  } finally {
    await carrier.stop();
    await db.close();
  }
}

/** The words of a payment that is ready, with amounts of their own, in each language in turn. */
function noticesOf(profile: Profile, from: number, until: number): Message[] {
  const texts = createTexts(readLocales(), profile, () => true);
  const { offered } = profile.languages;
  const due = new Date();
  return Array.from({ length: until - from }, (_, index) => {
    const n = from + index;
    const language = offered[n % offered.length] ?? profile.languages.default;
    const facts = {
      amt: { amount: `${100 + (n % 900)}.00`, currency: profile.currency },
      d: '2026-11-20',
      d2: '2026-12-10',
      place: officeFor(profile, null).name,
    };
    return {
      ...{ contact: null, channel: 'sms', provider: null, address: noticePhone(n), kind: 'notice', due },
      content: { kind: 'text', body: texts.text(language, 'sms.pay.ready', { facts }) },
      key: `bench:${n}`,
    };
  });
}

type Run = { over: boolean; kills: number; inFlight: Set<number> };

async function killAndRestart(
  { kills, killEveryMs, startWorker }: NoticesOptions,
  db: Database,
  carrierUrl: string,
  run: Run,
): Promise<void> {
  // A function: another part of the run sets it meanwhile.
  const isOver = () => run.over;
  while (!isOver()) {
    const worker = await startWorker(carrierUrl);
    const until = run.kills < kills ? performance.now() + Math.random() * 2 * killEveryMs : Infinity;
    while (!isOver() && performance.now() < until) await sleep(50);
    await worker.kill();
    const { rows } = await db.query<{ id: number }>(
      "select id from outbound where state = 'sending' and kind = 'notice'",
    );
    for (const { id } of rows) run.inFlight.add(id);
    run.kills += 1;
  }
}

/** A citizen writes twice a second; the time until the carrier has the answer. */
async function writeReplies(
  db: Database,
  keys: Keys,
  carrier: NoticesCarrier,
  run: Run,
): Promise<NoticesResult['replies']> {
  const asked: number[] = [];
  while (carrier.requests === 0 && !run.over) await sleep(20);
  for (let n = 0; !run.over; n += 1) {
    asked.push(performance.now());
    await db.transaction((tx) =>
      enqueue(tx, keys, {
        ...{ contact: null, channel: 'sms', provider: 'africastalking-sms', address: replyPhone(n) },
        ...{ content: { kind: 'text', body: 'Reply' }, kind: 'reply', key: `reply:${n}`, due: new Date() },
      }),
    );
    await sleep(REPLY_EVERY_MS);
  }
  // The last ones are still on their way.
  await sleep(1_000);
  const waits = asked
    .map((at, n) => (carrier.at.get(replyPhone(n)) ?? Number.NaN) - at)
    .filter((ms) => !Number.isNaN(ms))
    .sort((one, other) => one - other);
  return {
    count: waits.length,
    median: waits[waits.length >> 1] ?? 0,
    longest: waits.at(-1) ?? 0,
    lost: asked.length - waits.length,
  };
}

/** Pauses after a failure are cut short once nothing else waits: the run is about what is sent, not about patience. */
async function untilNoneWaits(
  db: Database,
  carrier: NoticesCarrier,
  { notices, kills, progress }: NoticesOptions,
  run: Run,
): Promise<void> {
  for (;;) {
    const { rows } = await db.query<{ queued: number; due: number; sending: number }>(
      `select count(*) filter (where state = 'queued') as queued,
              count(*) filter (where state = 'queued' and due <= now()) as due,
              count(*) filter (where state = 'sending' and lease_until > now()) as sending
       from outbound where state in ('queued', 'sending') and kind = 'notice'`,
    );
    const { queued = 0, due = 0, sending = 0 } = rows[0] ?? {};
    progress(`${notices - queued} of ${notices} begun, ${run.kills} kills, ${carrier.requests} requests`);
    if (queued === 0 && (run.kills >= kills || kills === Infinity)) {
      // What lives still answers; what a killed worker left stays `sending` until its lease is over.
      await sleep(sending > 0 ? 10_000 : 0);
      return;
    }
    if (due === 0 && queued > 0)
      await db.query("update outbound set due = now() where state = 'queued' and kind = 'notice'");
    await sleep(500);
  }
}

/** Median of the seconds in which it worked at all, without the first and the last. */
function rateOf({ perSecond }: NoticesCarrier): number {
  const counts = [...perSecond.entries()].sort(([a], [b]) => a - b).slice(1, -1);
  const busy = counts.map(([, count]) => count).sort((a, b) => a - b);
  return busy[busy.length >> 1] ?? 0;
}
