/** What runs now and then beside the turns, in `wasl serve` and in `wasl worker`; any number of processes may run it. */
import { runWebhooks } from './api/webhook-delivery.ts';
import type { MediaFetcher } from './channels/media.ts';
import type { CampaignDeps } from './campaigns/campaign.ts';
import { remindOfUpdates } from './campaigns/reminders.ts';
import { runCampaigns } from './campaigns/run.ts';
import { fetchEvidence } from './evidence/fetch.ts';
import { askReferrals } from './grievances/ask-referrals.ts';
import { runClocks } from './grievances/run-clocks.ts';
import { tellPosted } from './grievances/tell-posted.ts';
import { countDays } from './insight/day-counts.ts';
import { answerKeptRequests } from './notifications/kept-requests.ts';
import type { Notifier } from './notifications/notify.ts';
import { askReceipts } from './payments/receipts.ts';
import { retryParked, type ParkedCursor } from './payments/parked.ts';
import { chainAudit } from './privacy/audit-chain.ts';
import type { Keys } from './privacy/keys.ts';
import { retainDaily } from './privacy/retention.ts';
import type { Profile } from './profiles/profile.ts';
import { tellAwards } from './registry/awards.ts';
import type { Registry } from './registry/registry.ts';
import type { Database } from './store/database.ts';

export type Background = {
  /** Waits for what is under way; nothing begins any more. */
  stop(): Promise<void>;
};

export type BackgroundDeps = {
  db: Database;
  keys: Keys;
  profile: Profile;
  registry: Registry;
  notifier: Notifier;
  /** The citizens' words, for campaigns. */
  texts: CampaignDeps['texts'];
  fetchers: readonly MediaFetcher[];
  now: () => Date;
  isProduction: boolean;
  report: (what: string, error: unknown) => void;
  /** Asks registries for their events, and forgets what they called back; and asks those that were away whether they are back. */
  registries?: { upkeep(): Promise<void>; lookAgain(): Promise<void>; isAway(): boolean };
  /** A clock of a case has fired; `kind` is one of grievances/term.ts, or `referral`. */
  onClock: (kind: string) => void;
};

const KEPT_REQUESTS_EVERY_MS = 5_000;
const REGISTRIES_EVERY_MS = 5_000;
const EVIDENCE_EVERY_MS = 5_000;
const WEBHOOKS_EVERY_MS = 5_000;
const RECEIPTS_EVERY_MS = 60_000;
const PARKED_EVERY_MS = 600_000;
const PARKED_AT_ONCE = 10_000;
const CLOCKS_EVERY_MS = 10_000;
const CAMPAIGNS_EVERY_MS = 1_000;
/** A process that is told to end waits no longer than this for campaigns; another goes on with them. */
const CAMPAIGNS_AT_MOST_MS = 5_000;
/** So long a new row of the audit could still be changed without a trace. */
const AUDIT_EVERY_MS = 60_000;
const AWARDS_EVERY_MS = 600_000;
const HOUSEKEEPING_EVERY_MS = 3_600_000;

export function startBackground(deps: BackgroundDeps): Background {
  const { db, now, onClock } = deps;
  const parked: ParkedCursor = { after: 0 };
  return startChores(
    [
      {
        everyMs: KEPT_REQUESTS_EVERY_MS,
        what: 'answering kept requests',
        work: () => answerKeptRequests({ ...deps, isAway: () => deps.registries?.isAway() ?? false }),
      },
      {
        everyMs: CLOCKS_EVERY_MS,
        what: 'running the clocks of cases',
        work: () => runClocks({ ...deps, now: now(), onFired: onClock }),
      },
      {
        everyMs: CLOCKS_EVERY_MS,
        what: 'asking about referrals',
        work: async () => {
          const asked = await askReferrals({ ...deps, now: now() });
          for (let count = 0; count < asked; count++) onClock('referral');
        },
      },
      {
        everyMs: EVIDENCE_EVERY_MS,
        what: 'fetching photos and voice notes',
        work: () => fetchEvidence(deps),
      },
      { everyMs: RECEIPTS_EVERY_MS, what: 'asking whether payments arrived', work: () => askReceipts(deps) },
      {
        everyMs: PARKED_EVERY_MS,
        what: 'placing parked payment events',
        work: () => retryParked(deps, parked, PARKED_AT_ONCE),
      },
      { everyMs: WEBHOOKS_EVERY_MS, what: 'telling webhooks', work: () => runWebhooks(deps) },
      {
        everyMs: CAMPAIGNS_EVERY_MS,
        what: 'sending campaigns',
        work: () => runCampaigns(deps, { atMostMs: CAMPAIGNS_AT_MOST_MS }),
      },
      { everyMs: HOUSEKEEPING_EVERY_MS, what: 'telling of posted lists', work: () => tellPosted(deps) },
      {
        everyMs: AWARDS_EVERY_MS,
        what: 'telling of automatic awards',
        work: () => tellAwards(deps),
      },
      {
        everyMs: HOUSEKEEPING_EVERY_MS,
        what: 'reminding of updates',
        work: () => remindOfUpdates(deps),
      },
      {
        everyMs: HOUSEKEEPING_EVERY_MS,
        what: 'subscribing to events of registries',
        work: () => deps.registries?.upkeep() ?? Promise.resolve(),
      },
      {
        everyMs: REGISTRIES_EVERY_MS,
        what: 'asking registries whether they are back',
        work: () => deps.registries?.lookAgain() ?? Promise.resolve(),
      },
      {
        everyMs: HOUSEKEEPING_EVERY_MS,
        what: 'counting finished days',
        work: () => countDays(db, deps.profile.calendar.tz, now()),
      },
      { everyMs: AUDIT_EVERY_MS, what: 'chaining the audit', work: () => chainAudit(deps, now()) },
      { everyMs: HOUSEKEEPING_EVERY_MS, what: 'housekeeping', work: () => keepHouse(deps, now()) },
    ],
    deps.report,
  );
}

/** What is done now and then, one run of a kind at a time, the first at once. */
type Chore = { everyMs: number; what: string; work: () => Promise<unknown> };

function startChores(chores: Chore[], report: BackgroundDeps['report']): Background {
  const running = new Map<Chore, Promise<void>>();
  const run = (chore: Chore) => {
    if (running.has(chore)) return;
    const done = chore
      .work()
      .catch((error: unknown) => {
        report(`${chore.what} failed`, error);
      })
      .then(() => {
        running.delete(chore);
      });
    running.set(chore, done);
  };
  const timers = chores.map((chore) => {
    run(chore);
    return setInterval(() => {
      run(chore);
    }, chore.everyMs).unref();
  });
  return {
    async stop() {
      for (const timer of timers) clearInterval(timer);
      await Promise.all(running.values());
    },
  };
}

/** Makes the months to come; once a day, forgets what may not be kept longer. */
async function keepHouse(deps: BackgroundDeps, now: Date): Promise<void> {
  await deps.db.query('select ensure_message_partitions(current_date)');
  await retainDaily(deps, now);
}
