/** Signed-in browsers: a random token in the cookie, its hash in the table, and an end that comes by itself. */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { recordAudit } from '../privacy/audit.ts';
import type { Database, Tx } from '../store/database.ts';
import { ACCOUNT_COLUMNS, closedBecause, staffFrom, type AccountRow, type StaffDeps } from './account.ts';
import type { Staff } from './roles.ts';

const MINUTE = 60_000;
/** Without a sign of the person; every desk is somebody else's during a break. */
const IDLE_MINUTES = 30;
/** A shift: whatever happens, the next one signs in anew. */
const LONGEST_HOURS = 12;
/** To give a code, or to set up an authenticator app. */
const SIGN_IN_MINUTES = 15;
/** To answer a passkey's question: finding a phone takes a while. */
const CHALLENGE_MINUTES = 5;

export type Session = {
  staff: Staff;
  /** The session ends here, whatever its person does. */
  expiresAt: Date;
  /** It ends here unless it is extended. */
  idleEndsAt: Date;
  /** To stand in every form of this session. */
  csrf: string;
};

/** How far a sign-in has come; `row` is the account behind it. */
export type OpenSession = Session & {
  row: AccountRow;
  complete: boolean;
  secondFactor: boolean;
  signOn: boolean;
};

type SessionRow = AccountRow & {
  last_seen_at: Date;
  expires_at: Date;
  complete: boolean;
  second_factor: boolean;
  sign_on: boolean;
};

/** Opens a session in the transaction of the sign-in. The token is known to the browser only. */
export async function openSession(
  tx: Tx,
  session: { staff: string; complete: boolean; secondFactor: boolean; signOn: boolean; at: Date },
): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  const minutes = session.complete ? LONGEST_HOURS * 60 : SIGN_IN_MINUTES;
  await tx.query(
    `insert into staff_session (id, staff, created_at, last_seen_at, expires_at, complete, second_factor, sign_on)
     values ($1, $2, $3, $3, $4, $5, $6, $7)`,
    [
      idOf(token),
      session.staff,
      session.at,
      new Date(session.at.getTime() + minutes * MINUTE),
      session.complete,
      session.secondFactor,
      session.signOn,
    ],
  );
  return token;
}

/** Who is signed in with this token: undefined when nobody is, or when the sign-in is not complete. */
export async function sessionOf(
  deps: StaffDeps & { db: Tx },
  token: string,
  now: Date,
): Promise<Session | undefined> {
  const session = await readSession(deps.db, deps, token, now);
  if (!session?.complete) return undefined;
  const { staff, expiresAt, idleEndsAt, csrf } = session;
  return { staff, expiresAt, idleEndsAt, csrf };
}

/** The session of a token, complete or on its way; undefined when it has ended or its account is closed. */
export async function readSession(
  tx: Tx,
  { keys, isProduction }: StaffDeps,
  token: string,
  now: Date,
): Promise<OpenSession | undefined> {
  const { rows } = await tx.query<SessionRow>({
    name: 'staff_session_of',
    text: `select ${ACCOUNT_COLUMNS}, s.last_seen_at, s.expires_at, s.complete, s.second_factor, s.sign_on
             from staff_session s join staff on staff.key = s.staff
            where s.id = $1 and s.expires_at > $2 and s.last_seen_at > $3`,
    values: [idOf(token), now, idleStart(now)],
  });
  const [row] = rows;
  if (!row) return undefined;
  // A lock keeps others from signing in; it does not throw out the one who is in.
  const closed = closedBecause(row, isProduction, now);
  if (closed === 'disabled' || closed === 'demo') return undefined;
  const idleEndsAt = new Date(
    Math.min(row.last_seen_at.getTime() + IDLE_MINUTES * MINUTE, row.expires_at.getTime()),
  );
  return {
    staff: staffFrom(keys, row),
    expiresAt: row.expires_at,
    idleEndsAt,
    csrf: csrfOf(token),
    row,
    complete: row.complete,
    secondFactor: row.second_factor,
    signOn: row.sign_on,
  };
}

/** The person did something: the idle time begins again. Not to be called for what a page asks for by itself. */
export async function extendSession(db: Tx, token: string, now: Date): Promise<void> {
  await db.query({
    name: 'extend_staff_session',
    // Once in half a minute is enough; every request would be a write.
    text: `update staff_session set last_seen_at = $2
            where id = $1 and expires_at > $2 and last_seen_at > $3
              and last_seen_at < $2::timestamptz - interval '30 seconds'`,
    values: [idOf(token), now, idleStart(now)],
  });
}

/** Ends the session of this token. */
export async function endSession(tx: Tx, token: string): Promise<void> {
  await tx.query('delete from staff_session where id = $1', [idOf(token)]);
}

/** Ends every session of a person: their password, roles or account changed. */
export async function endSessionsOf(tx: Tx, staff: string): Promise<void> {
  await tx.query('delete from staff_session where staff = $1', [staff]);
}

/** The person leaves. */
export async function signOut(db: Database, token: string, at: Date): Promise<void> {
  await db.transaction(async (tx) => {
    const { rows } = await tx.query<{ staff: string; complete: boolean }>(
      'delete from staff_session where id = $1 returning staff, complete',
      [idOf(token)],
    );
    const [ended] = rows;
    if (ended?.complete) {
      await recordAudit(tx, { actor: ended.staff, action: 'sign_out', subject: `staff:${ended.staff}`, at });
    }
  });
}

/** Ends every session of a person but this one: a device that was lost is signed in nowhere. */
export async function endOtherSessions(tx: Tx, staff: string, token: string): Promise<void> {
  await tx.query('delete from staff_session where staff = $1 and id <> $2', [staff, idOf(token)]);
}

/** Keeps what a passkey must sign in this browser, in the place of what was asked before. */
export async function keepChallenge(tx: Tx, token: string, challenge: string, at: Date): Promise<void> {
  await tx.query('update staff_session set challenge = $2, challenge_until = $3 where id = $1', [
    idOf(token),
    challenge,
    new Date(at.getTime() + CHALLENGE_MINUTES * MINUTE),
  ]);
}

/** What was asked in this browser, gone once it is read: whatever comes of the answer. Undefined: nothing, or too long ago. */
export async function takeChallenge(tx: Tx, token: string, at: Date): Promise<string | undefined> {
  const { rows } = await tx.query<{ challenge: string | null; challenge_until: Date | null }>(
    `update staff_session s set challenge = null, challenge_until = null
       from (select id, challenge, challenge_until from staff_session where id = $1 for update) asked
      where s.id = asked.id
      returning asked.challenge, asked.challenge_until`,
    [idOf(token)],
  );
  const { challenge = null, challenge_until: until = null } = rows[0] ?? {};
  return challenge !== null && until !== null && until > at ? challenge : undefined;
}

/** Takes away the rows of sessions that have ended by themselves. */
export async function forgetSessions(db: Tx, now: Date): Promise<void> {
  await db.query('delete from staff_session where expires_at <= $1 or last_seen_at <= $2', [
    now,
    idleStart(now),
  ]);
}

/** The word that a form of this session carries: another site knows neither it nor the token it is made from. */
export function csrfOf(token: string): string {
  return createHmac('sha256', token).update('csrf').digest('base64url');
}

/** Does a form carry the word of its session? */
export function isCsrfOf(token: string, said: string): boolean {
  const expected = Buffer.from(csrfOf(token));
  const given = Buffer.from(said);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function idleStart(now: Date): Date {
  return new Date(now.getTime() - IDLE_MINUTES * MINUTE);
}

function idOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
