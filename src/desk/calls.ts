/** Telephone calls as any telephone system reports them: who calls which agent, and what became of it. */
import { createTask } from '../grievances/tasks.ts';
import { contactFor } from '../notifications/contact.ts';
import type { Keys } from '../privacy/keys.ts';
import { nextWorkingDay, type Calendar } from '../profiles/calendar.ts';
import type { Registry } from '../registry/registry.ts';
import type { Staff } from '../staff/roles.ts';
import type { Database, Tx } from '../store/database.ts';
import { startInteraction } from './interaction.ts';

export type CallState = 'ringing' | 'answered' | 'ended' | 'missed';

/** What may come late or twice never takes a call back: it only rises, and what has ended stays so. */
const RANK = "array_position(array['ringing', 'answered', 'ended'], replace(%, 'missed', 'ended'))";

export type CallReport = {
  /** E.164. */
  phone: string;
  /** The agent it rings at; null: nobody yet. */
  staff: Staff | null;
  /** The telephone system's own id: a second report of it is the same call. */
  callId: string;
  state: CallState;
  at: Date;
};

export type CallTaken = {
  contact: string;
  /** The state it has now; an older report leaves it as it was. */
  state: CallState;
  /** Several files, or several people, on this phone: the agent asks which. */
  isShared: boolean;
  /** Files this phone belongs to, by key, each once. */
  households: string[];
  /** The agent's contact with the caller; null: not answered, or the agent is still in another one. */
  interaction: string | null;
};

export type CallDeps = {
  db: Database;
  keys: Keys;
  registry: Pick<Registry, 'findByPhone'>;
  profile: { calendar: Calendar; languages: { default: string } };
};

/** Long enough for a slow registry, short enough for a telephone system that waits. */
const REGISTRY_MS = 1_500;

export async function takeCall(deps: CallDeps, report: CallReport): Promise<CallTaken> {
  const stored = await deps.db.transaction((tx) => store(deps, tx, report));
  const persons = await deps.registry
    .findByPhone(report.phone, { purpose: 'IDENTIFY', signal: AbortSignal.timeout(REGISTRY_MS) })
    // Without the registry the history opens all the same; who it is, the agent asks.
    .catch(() => []);
  const households = [...new Set(persons.map(({ household }) => household))];
  const isShared =
    households.length > 1 || persons.some(({ phoneUse }) => phoneUse === 'shared' || phoneUse === 'borrowed');
  return { ...stored, households, isShared };
}

async function store(
  { keys, profile }: CallDeps,
  tx: Tx,
  report: CallReport,
): Promise<Pick<CallTaken, 'contact' | 'state' | 'interaction'>> {
  const { phone, staff, callId, state, at } = report;
  const { key: contact } = await contactFor(tx, keys, { from: phone });
  const { rows } = await tx.query<{ state: CallState; contact: string }>(
    `insert into call as c (call_id, contact, staff, state, started_at, answered_at, ended_at)
     values ($1, $2, $3, $4, $5, case when $4 = 'answered' then $5::timestamptz end,
             case when $4 in ('ended', 'missed') then $5::timestamptz end)
     on conflict (call_id) do update set
       staff = coalesce(excluded.staff, c.staff),
       state = case when ${rank('excluded.state')} > ${rank('c.state')} then excluded.state else c.state end,
       started_at = least(c.started_at, excluded.started_at),
       answered_at = coalesce(c.answered_at, excluded.answered_at),
       ended_at = coalesce(c.ended_at, excluded.ended_at)
     returning c.state, c.contact`,
    [callId, contact, staff?.key ?? null, state, at],
  );
  const [call] = rows;
  if (!call) throw new Error('the call was not stored');
  if (call.state === 'missed') await promiseCall(tx, keys, profile, { ...report, contact: call.contact });
  if (call.state !== 'answered' || !staff) return { ...call, interaction: null };
  const started = await startInteraction(tx, { by: staff, contact: call.contact, channel: 'call', at });
  return { ...call, interaction: started.ok ? started.interaction.id : null };
}

const rank = (column: string): string => RANK.replace('%', column);

/** A missed call is a request to be called, free for people without credit (dialogs.md D10). */
async function promiseCall(
  tx: Tx,
  keys: Keys,
  { calendar, languages }: CallDeps['profile'],
  { contact, callId, phone, at }: CallReport & { contact: string },
): Promise<void> {
  const open = await tx.query(
    `select from task where contact = $1 and kind = 'callback' and state = 'open' and reference is null limit 1`,
    [contact],
  );
  // Who rings five times is called once.
  if (open.rowCount !== 0) return;
  const { rows } = await tx.query<{ language: string | null }>(
    'select consent_language as language from contact where key = $1',
    [contact],
  );
  await createTask(tx, keys, {
    kind: 'callback',
    key: `call:${callId}`,
    contact,
    phone,
    language: rows[0]?.language ?? languages.default,
    promisedOn: nextWorkingDay(at, calendar),
    slot: 'soon',
    at,
  });
}
