/** Private matters, for protection officers alone: who is to be called and how safely, and what came of it. */
import type { Tx } from '../conversation/ports.ts';
import { recordAudit } from '../privacy/audit.ts';
import type { Keys } from '../privacy/keys.ts';
import { may, type Staff } from '../staff/roles.ts';
import type { Database } from '../store/database.ts';
import { openPrivateCall, type PrivateCall } from './private.ts';
import { StaleTask, type CallOutcome } from './tasks-work.ts';

export type PrivateDeps = { db: Database; keys: Keys };
export type PrivateDeed = { id: string; version: number; by: Staff; at: Date };

/** For everybody else too, and in the same words, there is none. */
export class NoSuchPrivateCase extends Error {
  constructor() {
    super('there is no such case');
    this.name = 'NoSuchPrivateCase';
  }
}

export type PrivateRow = {
  id: string;
  state: 'open' | 'done' | 'unreached';
  attempts: number;
  version: number;
  owner: string | null;
  contact_by: Date;
  next_at: Date | null;
  created_at: Date;
};

export type PrivateStep = {
  at: Date;
  staff: string | null;
  kind: string;
  words: Record<string, string> | null;
};
export type PrivateDetail = PrivateRow & { call: PrivateCall; steps: PrivateStep[] };

const COLUMNS = 'id, state, attempts, version, owner, contact_by, next_at, created_at';
const CONTEXT = 'private_event';
const MAX_ATTEMPTS = 3;
const AGAIN_HOURS = 2;

/** What is open, the most urgent first: no phone, no name, nothing to read over a shoulder. Empty for everybody else. */
export async function listPrivate({ db }: PrivateDeps, by: Staff): Promise<PrivateRow[]> {
  if (!may(by, 'private')) return [];
  const { rows } = await db.query<PrivateRow>(
    `select ${COLUMNS} from private_case where state = 'open' order by coalesce(next_at, contact_by), id limit 200`,
  );
  return rows;
}

/** Everything about one; that it was opened, and by whom, stays with it. */
export async function openPrivate(
  deps: PrivateDeps,
  { id, by, at }: Omit<PrivateDeed, 'version'>,
): Promise<PrivateDetail> {
  return onPrivate(deps, { id, by, at }, 'opened', {}, async (tx, { sealed, ...row }) => {
    const { rows } = await tx.query<{ at: Date; staff: string | null; kind: string; sealed: Buffer | null }>(
      'select at, staff, kind, sealed from private_event where private_case = $1 order by id',
      [id],
    );
    const steps = rows.map(({ sealed: words, ...step }) => ({
      ...step,
      words: words && (deps.keys.openJson('sensitive', words, CONTEXT) as Record<string, string>),
    }));
    return { ...row, call: openPrivateCall(deps.keys, sealed), steps };
  });
}

export type SafeContact = { phone?: string; time?: string; who?: string; codeWord?: string; place?: string };

/** How she can be reached safely, as she said it last. */
export function setSafeContact(
  deps: PrivateDeps,
  deed: PrivateDeed & { contact: SafeContact },
): Promise<void> {
  return onPrivate(deps, deed, 'safe_contact', { ...deed.contact }, async (tx, { sealed }) => {
    const { phone, time, who } = deed.contact;
    const call: PrivateCall = {
      ...openPrivateCall(deps.keys, sealed),
      ...(phone === undefined ? {} : { phone }),
      ...(time === undefined ? {} : { time }),
      ...(who === undefined ? {} : { who }),
    };
    await tx.query('update private_case set sealed = $2 where id = $1', [
      deed.id,
      deps.keys.sealJson('sensitive', call, 'private_case'),
    ]);
  });
}

/** One try to call; nobody is ever sent a message about it. After the third in vain it is closed as not reached. */
export function recordPrivateAttempt(
  deps: PrivateDeps,
  deed: PrivateDeed & { outcome: CallOutcome },
): Promise<void> {
  const reached = deed.outcome === 'reached';
  return onPrivate(
    deps,
    deed,
    reached ? 'reached' : 'attempt',
    { outcome: deed.outcome },
    async (tx, row) => {
      const attempts = row.attempts + 1;
      const again = new Date(deed.at.getTime() + AGAIN_HOURS * 3_600_000);
      await tx.query(
        'update private_case set attempts = $2, next_at = $3, state = $4, owner = $5 where id = $1',
        [
          deed.id,
          attempts,
          reached || attempts >= MAX_ATTEMPTS ? null : again,
          !reached && attempts >= MAX_ATTEMPTS ? 'unreached' : 'open',
          deed.by.key,
        ],
      );
    },
  );
}

/** She agreed to be sent to a service, in these words; without her yes nothing is passed on. */
export function recordPrivateReferral(
  deps: PrivateDeps,
  deed: PrivateDeed & { service: string; consentWords: string },
): Promise<void> {
  const words = { service: deed.service, consent: deed.consentWords };
  return onPrivate(deps, deed, 'referral', words, () => Promise.resolve());
}

export function addPrivateNote(deps: PrivateDeps, deed: PrivateDeed & { text: string }): Promise<void> {
  return onPrivate(deps, deed, 'note', { text: deed.text }, () => Promise.resolve());
}

export function closePrivate(deps: PrivateDeps, deed: PrivateDeed): Promise<void> {
  return onPrivate(deps, deed, 'closed', {}, async (tx) => {
    await tx.query(`update private_case set state = 'done', next_at = null where id = $1`, [deed.id]);
  });
}

export function reopenPrivate(deps: PrivateDeps, deed: PrivateDeed): Promise<void> {
  return onPrivate(deps, deed, 'reopened', {}, async (tx) => {
    await tx.query(`update private_case set state = 'open' where id = $1`, [deed.id]);
  });
}

type Sealed = PrivateRow & { sealed: Buffer };

async function onPrivate<T>(
  { db, keys }: PrivateDeps,
  { id, version, by, at }: Omit<PrivateDeed, 'version'> & { version?: number },
  kind: string,
  words: Record<string, string>,
  work: (tx: Tx, row: Sealed) => Promise<T>,
): Promise<T> {
  if (!may(by, 'private')) throw new NoSuchPrivateCase();
  return db.transaction(async (tx) => {
    const { rows } = await tx.query<Sealed>(
      `select ${COLUMNS}, sealed from private_case where id::text = $1 for update`,
      [id],
    );
    const [row] = rows;
    if (!row) throw new NoSuchPrivateCase();
    if (version !== undefined && version !== row.version) throw new StaleTask();
    if (version !== undefined && (row.state === 'open') === (kind === 'reopened')) throw new StaleTask();
    const sealed = Object.keys(words).length > 0 ? keys.sealJson('sensitive', words, CONTEXT) : null;
    await tx.query(
      'insert into private_event (private_case, at, staff, kind, sealed) values ($1, $2, $3, $4, $5)',
      [id, at, by.key, kind, sealed],
    );
    const result = await work(tx, row);
    if (version !== undefined)
      await tx.query('update private_case set version = version + 1 where id = $1', [id]);
    // What was done to it stands with the matter itself, where only they can read it.
    await recordAudit(tx, {
      actor: by.key,
      action: 'private_case',
      subject: `private:${id}`,
      purpose: 'protect',
      at,
    });
    return result;
  });
}
