/** Where a case belongs: whose it is, which unit's, which category's, and whom it accuses. */
import { randomUUID } from 'node:crypto';
import type { Tx } from '../conversation/ports.ts';
import { openAddress } from '../notifications/contact.ts';
import { addWorkingDays, localDate } from '../profiles/calendar.ts';
import { routeOf } from '../profiles/categories.ts';
import { may, type Role, type Staff } from '../staff/roles.ts';
import { promisedBy, startOfHour } from './cases.ts';
import { setClock } from './clocks.ts';
import { BadDeed, NotAllowed, onCase, unitsOf, type Deed, type WorkCase, type WorkDeps } from './deeds.ts';
import { recordEvent } from './events.ts';
import { mayBecome, OPEN_STATUSES, transition } from './lifecycle.ts';
import type { PrivateCall } from './private.ts';
import { createTask } from './tasks.ts';
import { seesCase } from './visibility.ts';
import { change, event, mustBeNote, touch } from './work.ts';

/** To a person (`owner`) or to a unit, where it has no owner yet. */
export type Assignment = { owner: string } | { unit: string };

/**
 * Gives an open case to somebody. Everybody may take one; giving one to another, or to another unit, is for supervisors,
 * and for who works on secret cases alone. The first assignment acknowledges the case.
 */
export function assign(deps: WorkDeps, deed: Deed & Assignment): Promise<void> {
  return onCase(deps, deed, { need: 'work', action: 'case_assigned' }, async (tx, found) => {
    mustBeOpen(found);
    const takes = 'owner' in deed && deed.owner === deed.by.key;
    if (!takes && !may(deed.by, 'team') && found.sensitivity === 'open') throw new NotAllowed();
    if ('owner' in deed) await setOwner(tx, deed);
    else await setUnit(tx, deps, deed, found);
    await recordEvent(tx, { ...event(deed), kind: 'assigned', reason: 'owner' in deed ? 'owner' : 'unit' });
    if (mayBecome(found.status, 'acknowledged'))
      await transition(tx, deed.reference, 'acknowledged', change(deed, 'assigned'));
    await touch(tx, deed);
  });
}

type Colleague = {
  key: string;
  roles: Role[];
  units: string[] | null;
  area: string | null;
  language: string;
};

async function setOwner(tx: Tx, deed: Deed & { owner: string }): Promise<void> {
  const { rows } = await tx.query<Colleague>(
    'select key, roles, units, area, language from staff where key = $1 and disabled_at is null',
    [deed.owner],
  );
  const staff: Staff | undefined = rows[0] && { ...rows[0], name: '', email: '' };
  if (!staff || !(await seesCase(tx, staff, deed.reference))) throw new BadDeed('owner');
  await tx.query('update grievance set owner = $2 where reference = $1', [deed.reference, deed.owner]);
}

async function setUnit(
  tx: Tx,
  { profile }: WorkDeps,
  deed: Deed & { unit: string },
  found: WorkCase,
): Promise<void> {
  mustBeUnit(profile, deed.unit, found);
  await tx.query('update grievance set route = $2, owner = null where reference = $1', [
    deed.reference,
    deed.unit,
  ]);
}

/** What is secret goes only where secret cases are worked on. */
function mustBeUnit(profile: WorkDeps['profile'], unit: string, found: WorkCase): void {
  const units = unitsOf(profile);
  const possible = found.sensitivity === 'open' ? units.open : units.restricted;
  if (found.sensitivity === 'sensitive' || unit === found.route || !possible.includes(unit))
    throw new BadDeed('unit');
}

/** Asks another unit for its part, by a date: a duty on its list. The case stays with its own unit, and waits. */
export function referToUnit(
  deps: WorkDeps,
  deed: Deed & { unit: string; dueOn: string; text: string },
): Promise<void> {
  const { keys, profile } = deps;
  const text = mustBeNote(deed.text);
  const today = localDate(deed.at, profile.calendar.tz);
  const isDate = /^\d{4}-\d\d-\d\d$/.test(deed.dueOn) && !Number.isNaN(Date.parse(deed.dueOn));
  if (!isDate || deed.dueOn < today) return Promise.reject(new BadDeed('date'));
  return onCase(deps, deed, { need: 'work', action: 'case_referred' }, async (tx, found) => {
    mustBeUnit(profile, deed.unit, found);
    await transition(tx, deed.reference, 'referred', change(deed, `unit:${deed.unit}`));
    await createTask(tx, keys, {
      kind: 'duty',
      key: randomUUID(),
      contact: null,
      phone: null,
      reference: deed.reference,
      language: deed.by.language,
      details: text,
      promisedOn: deed.dueOn,
      unit: deed.unit,
      at: deed.at,
    });
  });
}

/**
 * Sorts a case anew. Its unit and secrecy follow; the promised date moves nearer where the new term is shorter, and
 * never away. A secret case is never made an open one. A private matter leaves for where only protection officers look:
 * here remains that it was handed over, without a word of what she told.
 */
export function changeCategory(deps: WorkDeps, deed: Deed & { category: string }): Promise<void> {
  const { profile } = deps;
  return onCase(deps, deed, { need: 'work', action: 'case_category' }, async (tx, found) => {
    mustBeOpen(found);
    const category = Object.hasOwn(profile.categories, deed.category)
      ? profile.categories[deed.category]
      : undefined;
    if (!category || category.code === found.category) throw new BadDeed('category');
    if (category.sensitivity === 'sensitive') return handOver(tx, deps, deed, found);
    if (found.sensitivity !== 'open' && category.sensitivity === 'open') throw new BadDeed('sensitivity');
    const term = promisedBy(category, found.created_at, profile.calendar);
    const soonest = addWorkingDays(deed.at, 1, profile.calendar);
    const dueOn =
      term >= found.due_on ? found.due_on : term < soonest ? earlier(soonest, found.due_on) : term;
    const isOpen = category.sensitivity === 'open';
    await tx.query(
      `update grievance set category = $2, sensitivity = $3, route = $4, due_on = $5,
         area = case when $6 then area end, owner = case when $4 = route then owner end
       where reference = $1`,
      [
        deed.reference,
        category.code,
        category.sensitivity,
        routeOf(profile, category, found.programme, found.area),
        dueOn,
        isOpen,
      ],
    );
    await recordEvent(tx, { ...event(deed), kind: 'category', reason: `${found.category}>${category.code}` });
    await setClock(tx, deed.reference, deed.at);
    await touch(tx, deed);
  });
}

const earlier = (one: string, other: string): string => (one < other ? one : other);

const CONTACT_HOURS = 24;

async function handOver(tx: Tx, { keys, profile }: WorkDeps, deed: Deed, found: WorkCase): Promise<void> {
  const { rows } = await tx.query<{ address: Buffer; has_phone: boolean }>(
    'select address, phone is not null as has_phone from contact where key = $1',
    [found.contact],
  );
  const [to] = rows;
  const call: PrivateCall = {
    phone: to?.has_phone ? openAddress(keys, to.address) : null,
    contact: to?.has_phone === false ? found.contact : null,
    language: found.language ?? profile.languages.default,
    time: null,
    who: null,
    via: 'desk',
  };
  const at = startOfHour(deed.at);
  const hours = profile.categories['SEN']?.contact_hours ?? CONTACT_HOURS;
  await tx.query(
    `insert into private_case (idempotency, sealed, contact_by, created_at) values ($1, $2, $3, $4)`,
    [
      randomUUID(),
      keys.sealJson('sensitive', call, 'private_case'),
      new Date(at.getTime() + hours * 3_600_000),
      at,
    ],
  );
  await transition(tx, deed.reference, 'withdrawn', change(deed, 'handed_over'));
  await tx.query('update grievance set text_sealed = null where reference = $1', [deed.reference]);
  await tx.query('update grievance_event set details = null where reference = $1 and details is not null', [
    deed.reference,
  ]);
}

/**
 * Names whom a case accuses: an office's area, a member of staff, or both. From then on they do not see it, nor does
 * anybody of that area; whoever of them had it loses it.
 */
export function nameAccused(deps: WorkDeps, deed: Deed & { area?: string; staff?: string }): Promise<void> {
  const { area = null, staff = null } = deed;
  if (area === null && staff === null) return Promise.reject(new BadDeed('area'));
  return onCase(deps, deed, { need: 'work', action: 'case_accused' }, async (tx) => {
    if (staff !== null) {
      const { rowCount } = await tx.query('select from staff where key::text = $1', [staff]);
      if (rowCount === 0) throw new BadDeed('owner');
    }
    await tx.query(
      `update grievance set
         accused_area = coalesce($2, accused_area),
         accused_staff = coalesce($3::uuid, accused_staff),
         owner = case when owner in (select key from staff where key = $3::uuid or area = $2) then null else owner end
       where reference = $1`,
      [deed.reference, area, staff],
    );
    await recordEvent(tx, { ...event(deed), kind: 'assigned', reason: 'accused' });
    await touch(tx, deed);
  });
}

function mustBeOpen({ status }: WorkCase): void {
  if (!OPEN_STATUSES.includes(status)) throw new BadDeed('status');
}
