/** Fetches what citizens sent from the provider, keeps what can be cleaned, and tells her what could not be kept. */
import { MediaFailure, type MediaFetcher } from '../channels/media.ts';
import type { TextKey } from '../conversation/dialog.ts';
import type { Notifier } from '../notifications/notify.ts';
import type { Keys } from '../privacy/keys.ts';
import type { Database, Tx } from '../store/database.ts';
import { openSource, sealContent, type AttachmentKind, type Refusal } from './attachment.ts';
import { clean, LIMITS, type Cleaned } from './clean.ts';
import { Refused } from './refused.ts';

export type EvidenceDeps = {
  db: Database;
  keys: Keys;
  fetchers: readonly MediaFetcher[];
  notifier: Notifier;
  now: () => Date;
  report: (what: string, error: unknown) => void;
  /** Milliseconds for one content; 20,000. */
  deadlineMs?: number;
};

type Waiting = {
  id: string;
  kind: AttachmentKind;
  provider: string;
  source: Buffer;
  attempts: number;
  contact: string | null;
  channel: string;
  language: string;
};

const DEADLINE_MS = 20_000;
/** While it is being fetched nobody else tries. */
const LEASE_MS = 120_000;
/** Milliseconds until the next try, by tries made; after the last it is given up. */
const AGAIN_MS = [10_000, 60_000, 600_000, 3_600_000, 21_600_000] as const;
/** Contents a run: the next begins soon enough. */
const MOST_A_RUN = 50;

/** Fetches all that is due, one after the other; any number of processes may. Returns how many were tried. */
export async function fetchEvidence(deps: EvidenceDeps): Promise<number> {
  for (let tried = 0; tried < MOST_A_RUN; tried++) {
    const waiting = await lease(deps);
    if (!waiting) return tried;
    await settle(deps, waiting);
  }
  return MOST_A_RUN;
}

async function lease({ db, now }: EvidenceDeps): Promise<Waiting | undefined> {
  const { rows } = await db.query<Waiting>(
    `update attachment set attempts = attempts + 1, next_at = $1::timestamptz + make_interval(secs => $2)
     where id = (
       select id from attachment where state = 'waiting' and next_at <= $1
       order by next_at limit 1 for update skip locked)
     returning id, kind, provider, source, attempts, contact, channel, language`,
    [now(), LEASE_MS / 1_000],
  );
  return rows[0];
}

async function settle(deps: EvidenceDeps, waiting: Waiting): Promise<void> {
  try {
    await store(deps, waiting, await get(deps, waiting));
  } catch (error) {
    if (error instanceof Refused) return refuse(deps, waiting, error.why);
    const isProvider = error instanceof MediaFailure;
    if (isProvider && error.why !== 'unreachable') return refuse(deps, waiting, error.why);
    const again = AGAIN_MS[waiting.attempts - 1];
    if (again === undefined) return refuse(deps, waiting, 'unreachable');
    if (!isProvider) deps.report('keeping an attachment failed', error);
    await deps.db.query(
      `update attachment set next_at = $3 where id = $1 and state = 'waiting' and attempts = $2`,
      [waiting.id, waiting.attempts, new Date(deps.now().getTime() + again)],
    );
  }
}

async function get(deps: EvidenceDeps, { id, kind, provider, source }: Waiting): Promise<Cleaned> {
  if (kind === 'video') throw new Refused('kind');
  const fetcher = deps.fetchers.find(({ providers }) => providers.includes(provider));
  if (!fetcher) throw new Refused('unreachable');
  const signal = AbortSignal.timeout(deps.deadlineMs ?? DEADLINE_MS);
  const { body, length = 0 } = await fetcher.fetch(openSource(deps.keys, id, source), signal);
  return clean(await readAll(body, length));
}

/** Throws Refused where it is too large, whatever its header said. */
async function readAll(body: AsyncIterable<Uint8Array>, announced: number): Promise<Buffer> {
  const most = Math.max(LIMITS.image, LIMITS.audio);
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of body) {
      length += chunk.length;
      // Left this way, the loop also hangs up.
      if (length > most || announced > most) throw new Refused('size');
      chunks.push(chunk);
    }
  } catch (error) {
    throw error instanceof Refused ? error : new MediaFailure('unreachable');
  }
  return Buffer.concat(chunks);
}

/** Nothing happens where another process was given it meanwhile. */
async function store({ db, keys }: EvidenceDeps, { id, attempts }: Waiting, cleaned: Cleaned): Promise<void> {
  const { content, type, seconds = null } = cleaned;
  await db.query(
    `update attachment
     set state = 'stored', source = null, next_at = null, content = $3, type = $4, bytes = $5, seconds = $6
     where id = $1 and state = 'waiting' and attempts = $2`,
    [id, attempts, sealContent(keys, id, content), type, content.length, seconds],
  );
}

/** Nothing of it is kept, and she is told what would be, where she can be told. */
async function refuse(deps: EvidenceDeps, waiting: Waiting, why: Refusal): Promise<void> {
  await deps.db.transaction(async (tx) => {
    const { rowCount } = await tx.query(
      `update attachment set state = 'refused', reason = $3, source = null, next_at = null
       where id = $1 and state = 'waiting' and attempts = $2`,
      [waiting.id, waiting.attempts, why],
    );
    if (rowCount === 1) await tell(deps, tx, waiting, why);
  });
}

function wordsFor(why: Refusal): TextKey {
  switch (why) {
    case 'size':
      return 'ev.size';
    case 'length':
      return 'ev.length';
    case 'kind':
    case 'unreadable':
    case 'gone':
    case 'address':
    case 'unreachable':
      return 'ev.refused';
  }
}

/** In the chat she sent it in. It names no case: others may read there. */
async function tell(deps: EvidenceDeps, tx: Tx, waiting: Waiting, why: Refusal): Promise<void> {
  const { id, contact, channel, language } = waiting;
  if (contact === null || channel !== 'whatsapp') return;
  // Without a phone to choose, the notice goes to the address of her chat.
  await deps.notifier(
    tx,
    { contact, phone: null, language },
    { text: wordsFor(why), kind: 'answer', key: `evidence:${id}` },
  );
}
