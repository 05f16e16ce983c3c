/** Answers the requests that were kept while the registry was down: one message says that the answer can be had now. */
import type { Keys } from '../privacy/keys.ts';
import type { Registry } from '../registry/registry.ts';
import type { Database } from '../store/database.ts';
import { openAddress } from './contact.ts';
import type { Notifier } from './notify.ts';

export type KeptRequestsOptions = {
  db: Database;
  keys: Keys;
  registry: Registry;
  notifier: Notifier;
  /** Whether one of several registries is known to be away; then nobody is told that hers answers. */
  isAway?: () => boolean;
  /** Requests answered in one pass; 100. */
  limit?: number;
};

/** A number that the numbering plan gives to nobody (ITU-T E.164: country code 999 is not assigned). */
const NOBODY = '+999000000000';

/** As long as a turn would wait for the registry. */
const PROBE_MS = 1_500;

type Kept = {
  id: number;
  contact: string;
  about: string | null;
  language: string;
  address: Buffer;
  has_phone: boolean;
};

/**
 * One pass; run it every few seconds, in any number of processes. She was not identified when she asked, so the message
 * is the discreet one, whatever she asked for. A request that cannot be answered stays open for the agents.
 */
export async function answerKeptRequests(options: KeptRequestsOptions): Promise<void> {
  const { db, registry, limit = 100, isAway = () => false } = options;
  const { rowCount } = await db.query(
    "select from task where kind = 'kept_request' and state = 'open' and contact is not null limit 1",
  );
  if (rowCount === 0 || isAway() || !(await isBack(registry))) return;
  const failed: number[] = [];
  for (let answered = 0; answered < limit; answered += 1) {
    if (!(await answerNext(options, failed))) break;
  }
  if (failed.length > 0) throw new Error(`${failed.length} kept requests could not be answered`);
}

async function isBack(registry: Registry): Promise<boolean> {
  const signal = AbortSignal.timeout(PROBE_MS);
  const late = new Promise<boolean>((resolve) => {
    signal.addEventListener('abort', () => {
      resolve(false);
    });
  });
  const answer = registry.findByPhone(NOBODY, { purpose: 'STATUS_ENQUIRY', signal }).then(
    () => true,
    () => false,
  );
  return Promise.race([answer, late]);
}

/** One request with those of the same kind by the same person, one transaction; false when there is none left. The ids in `failed` are passed over, and grow. */
async function answerNext({ db, keys, notifier }: KeptRequestsOptions, failed: number[]): Promise<boolean> {
  let id: number | undefined;
  try {
    await db.transaction(async (tx) => {
      const { rows } = await tx.query<Kept>(
        `select t.id, t.contact, t.about, coalesce(t.language, c.consent_language, '') as language, c.address,
                c.phone is not null as has_phone
         from task t join contact c on c.key = t.contact
         where t.kind = 'kept_request' and t.state = 'open' and t.id <> all($1)
         order by t.id
         limit 1
         for update of t skip locked`,
        [failed],
      );
      const kept = rows[0];
      if (!kept) return;
      id = kept.id;
      const phone = kept.has_phone ? openAddress(keys, kept.address) : null;
      const recipient = { contact: kept.contact, phone, language: kept.language };
      const notice = { text: 'sms.pay.discreet', kind: 'answer', key: `kept_request:${kept.id}` } as const;
      await notifier(tx, recipient, notice);
      // Asked three times, told once.
      await tx.query(
        `update task set state = 'done'
         where kind = 'kept_request' and state = 'open' and contact = $1 and about is not distinct from $2`,
        [kept.contact, kept.about],
      );
    });
  } catch (error) {
    if (id === undefined) throw error;
    failed.push(id);
  }
  return id !== undefined;
}
