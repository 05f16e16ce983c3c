/** News for the pages that are open: one look at the database for all of them, several times a second while one looks. */
import type { Sensitivity } from '../profiles/categories.ts';
import { may, type Staff } from '../staff/roles.ts';
import type { Tx } from '../store/database.ts';
import { idWatch, LOOK_BACK } from './watch.ts';

export type LiveEvent = {
  kind: 'message' | 'case' | 'task' | 'delivery' | 'call' | 'conversation';
  contact?: string;
  /** Of a case. */
  reference?: string;
  /** Whom it rings at, or who has the conversation. */
  staff?: string;
  /** Of the case it belongs to; absent where it belongs to none. See `mayHear`. */
  sensitivity?: Sensitivity;
};

export type LiveFeed = {
  /** Hears of what is stored from now on. Returns what ends it. */
  subscribe(listener: (event: LiveEvent) => void): () => void;
  stop(): Promise<void>;
};

const POLL_MS = 300;
const AT_MOST = 1_000;

/** A message is stored within the turn it belongs to; one that carries an older time than this is not news. */
const MESSAGE_AGE_MS = 3_600_000;
/** Clocks of several processes, and transactions that take their time before they commit. */
const SETTLED_AGE_MS = 15_000;
const DONE_AGE_MS = 60_000;

type Row = {
  id: number;
  contact: string | null;
  reference?: string | null;
  sensitivity?: Sensitivity | null;
};
/** `sign` changes when the call does. */
type CallRow = { id: number; contact: string; staff: string | null; sign: string; open: boolean };

/**
 * Whether a member of staff may hear of it. Of what is restricted only those hear who work on such matters, and to them
 * it names no contact.
 */
export function mayHear(staff: Staff, event: LiveEvent): boolean {
  if (event.sensitivity === 'sensitive') return may(staff, 'private');
  if (event.sensitivity === 'restricted') return may(staff, 'restricted');
  if (event.kind === 'case' || event.kind === 'task') return may(staff, 'cases');
  return may(staff, 'desk');
}

/** @param onError told when a look failed; the next one comes as planned */
export function liveFeed(
  db: Tx,
  now: () => Date,
  onError: (error: unknown) => void = () => undefined,
): LiveFeed {
  const listeners = new Set<(event: LiveEvent) => void>();
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  let look: (() => Promise<LiveEvent[]>) | undefined;

  const tick = (): void => {
    timer = undefined;
    looking = run().finally(() => {
      looking = undefined;
      if (listeners.size > 0) timer ??= setTimeout(tick, POLL_MS).unref();
    });
  };
  const run = async (): Promise<void> => {
    try {
      look ??= watcher(db, now);
      for (const event of await look()) for (const listener of listeners) listener(event);
    } catch (error) {
      onError(error);
    }
  };

  return {
    subscribe(listener) {
      const mine = (event: LiveEvent): void => {
        listener(event);
      };
      // Nobody was looking: what happened meanwhile is on the page already.
      if (listeners.size === 0) look = undefined;
      listeners.add(mine);
      if (!looking && !timer) tick();
      return () => {
        listeners.delete(mine);
        if (listeners.size > 0) return;
        clearTimeout(timer);
        timer = undefined;
      };
    },
    async stop() {
      listeners.clear();
      clearTimeout(timer);
      timer = undefined;
      await looking;
    },
  };
}

/** What one look returns is what became visible since the look before; the first only sees where things stand. */
function watcher(db: Tx, now: () => Date): () => Promise<LiveEvent[]> {
  const ids = {
    message: idWatch(),
    grievance_event: idWatch(),
    task: idWatch(),
    task_attempt: idWatch(),
    call: idWatch(),
  };
  let begun = false;
  let calls = new Map<number, string>();
  let settled = new Set<string>();
  let done = new Set<string>();
  let handled = new Map<string, string>();

  /** @param text the query, given the condition for rows not seen yet */
  async function fresh<R extends Row>(
    table: keyof typeof ids,
    text: (unseen: string) => string,
    ...values: unknown[]
  ): Promise<R[]> {
    const watch = ids[table];
    const { rows } = await db.query<R>(text('(id > $1 or id = any($2))'), [
      watch.after,
      watch.missing,
      ...values,
    ]);
    return watch.news(rows, now());
  }

  async function newMessages(): Promise<LiveEvent[]> {
    const rows = await fresh(
      'message',
      (unseen) => `select id, contact from message where ${unseen} and at > $3 order by id limit ${AT_MOST}`,
      ago(MESSAGE_AGE_MS),
    );
    return oneEach('message', rows);
  }

  async function caseNews(): Promise<LiveEvent[]> {
    const rows = await fresh(
      'grievance_event',
      (unseen) => `select e.id, g.contact, g.reference, g.sensitivity
        from (select id, reference from grievance_event where ${unseen} order by id limit ${AT_MOST}) e
        join grievance g using (reference) order by e.id`,
    );
    return rows.map((row) => about('case', row));
  }

  async function taskNews(): Promise<LiveEvent[]> {
    const columns = 'e.id, t.contact, t.reference, g.sensitivity';
    const made = await fresh(
      'task',
      (unseen) => `select ${columns}
        from (select id from task where ${unseen} order by id limit ${AT_MOST}) e
        join task t on t.id = e.id left join grievance g on g.reference = t.reference order by e.id`,
    );
    const tried = await fresh(
      'task_attempt',
      (unseen) => `select ${columns}
        from (select id, task from task_attempt where ${unseen} order by id limit ${AT_MOST}) e
        join task t on t.id = e.task left join grievance g on g.reference = t.reference order by e.id`,
    );
    const { rows } = await db.query<Row>(
      `select t.id, t.contact, t.reference, g.sensitivity
       from task t left join grievance g on g.reference = t.reference where t.done_at > $1 limit ${AT_MOST}`,
      [ago(DONE_AGE_MS)],
    );
    const finished = rows.filter(({ id }) => !done.has(String(id)));
    done = new Set(rows.map(({ id }) => String(id)));
    return [...made, ...tried, ...(begun ? finished : [])].map((row) => about('task', row));
  }

  /** Of answers that belong to no recorded message nothing is said: their matter is nobody's business. */
  async function deliveries(): Promise<LiveEvent[]> {
    const { rows } = await db.query<Row & { key: string }>(
      `select o.id, o.id || ':' || o.state as key, o.contact
       from outbound o
       where o.settled_at > $1 and o.contact is not null and (
         o.kind <> 'reply' or exists (
           select from message m
           where m.contact = o.contact and m.delivery = o.key
             and m.at between o.created_at - interval '1 hour' and o.created_at + interval '1 hour'))
       limit ${AT_MOST}`,
      [ago(SETTLED_AGE_MS)],
    );
    const news = rows.filter(({ key }) => !settled.has(key));
    settled = new Set(rows.map(({ key }) => key));
    return begun ? oneEach('delivery', news) : [];
  }

  async function callNews(): Promise<LiveEvent[]> {
    const watch = ids.call;
    const { rows } = await db.query<CallRow>(
      `select id, contact, staff, state || coalesce(staff::text, '') as sign, state in ('ringing', 'answered') as open
       from call where id > $1 or id = any($2) order by id limit ${AT_MOST}`,
      [watch.after, [...watch.missing, ...calls.keys()]],
    );
    const made = new Set(watch.news(rows, now()));
    const news = rows.filter((row) => made.has(row) || calls.get(row.id) !== row.sign);
    calls = new Map(rows.filter(({ open }) => open).map(({ id, sign }) => [id, sign]));
    return news.map(({ contact, staff }) => ({ kind: 'call', contact, ...(staff ? { staff } : {}) }));
  }

  async function handovers(): Promise<LiveEvent[]> {
    const { rows } = await db.query<{ contact: string; staff: string; sign: string }>(
      `select key as contact, handled_by as staff, handled_by::text || handled_at::text as sign
       from contact where handled_by is not null and handled_until > $1`,
      [now()],
    );
    const before = handled;
    const current = new Map(rows.map(({ contact, sign }) => [contact, sign]));
    handled = current;
    if (!begun) return [];
    const taken = rows.filter(({ contact, sign }) => before.get(contact) !== sign);
    const free = [...before.keys()].filter((contact) => !current.has(contact));
    return [
      ...taken.map(({ contact, staff }): LiveEvent => ({ kind: 'conversation', contact, staff })),
      ...free.map((contact): LiveEvent => ({ kind: 'conversation', contact })),
    ];
  }

  function ago(ms: number): Date {
    return new Date(now().getTime() - ms);
  }

  /** What was there before the first look is no news. */
  async function begin(): Promise<void> {
    for (const [table, watch] of Object.entries(ids)) {
      const { rows } = await db.query<{ id: number }>(
        `select id from ${table} order by id desc limit ${LOOK_BACK}`,
      );
      watch.begin(
        rows.map(({ id }) => id),
        now(),
      );
    }
    const { rows } = await db.query<{ id: number; sign: string }>(
      `select id, state || coalesce(staff::text, '') as sign from call where state in ('ringing', 'answered')`,
    );
    calls = new Map(rows.map(({ id, sign }) => [id, sign]));
  }

  return async () => {
    if (!begun) await begin();
    const news: LiveEvent[] = [];
    // One after the other: news may wait some milliseconds, the connections belong to the citizens.
    for (const part of [newMessages, caseNews, taskNews, deliveries, callNews, handovers])
      news.push(...(await part()));
    begun = true;
    return news;
  };
}

function about(kind: LiveEvent['kind'], { contact, reference, sensitivity }: Row): LiveEvent {
  const isOpen = (sensitivity ?? 'open') === 'open';
  return {
    kind,
    ...(contact && isOpen ? { contact } : {}),
    ...(reference ? { reference } : {}),
    ...(sensitivity ? { sensitivity } : {}),
  };
}

/** However many rows a turn stored, the page looks once. */
function oneEach(kind: LiveEvent['kind'], rows: readonly Row[]): LiveEvent[] {
  const contacts = new Set(rows.flatMap(({ contact }) => contact ?? []));
  return [...contacts].map((contact) => ({ kind, contact }));
}
