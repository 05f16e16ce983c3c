/** What may be written to the person behind a case: everything, "you have a message", or nothing. One rule for all who write. */
import type { Tx } from '../conversation/ports.ts';
import { CannotTell } from '../conversation/run.ts';
import { openAddress, type Consent } from '../notifications/contact.ts';
import type { Recipient } from '../notifications/notify.ts';
import type { Keys } from '../privacy/keys.ts';
import type { Profile } from '../profiles/profile.ts';
import { enquire } from '../registry/enquiry.ts';
import type { Query, Registry, RegistryPerson } from '../registry/registry.ts';

export type Reach =
  /** `discreet`: only that there is a message. `unsure`: the registry cannot tell now whose phone it is. */
  | { kind: 'full' | 'discreet' | 'unsure'; recipient: Recipient }
  /** She gave no name, said no to messages, or others could read of what must stay hidden. */
  | { kind: 'none' };

export type ReachDeps = { keys: Keys; profile: Profile; registry: Pick<Registry, 'findByPhone'> };

export type Addressed = {
  contact: string | null;
  language: string | null;
  sensitivity: string;
  /** Left out: what is written is not about the case itself. */
  category?: string;
};

type Row = {
  address: Buffer;
  has_phone: boolean;
  consent: Consent | null;
  consent_language: string | null;
  stopped: boolean;
};

const NONE: Reach = { kind: 'none' };

/** Milliseconds the registry has, as in a turn (dialogs.md R5). */
const DEADLINE_MS = 1_500;

/**
 * Contract §8 "Phone use" and "Consent". A private matter is never written about (dialogs.md D8), nor is a case that is
 * no business of who reported it. Asks the registry whose phone it is.
 */
export async function reachOf(
  db: Tx,
  { keys, profile, registry }: ReachDeps,
  { contact, language, sensitivity, category }: Addressed,
): Promise<Reach> {
  if (contact === null || sensitivity === 'sensitive') return NONE;
  if (category !== undefined && profile.categories[category]?.feedback === false) return NONE;
  const { rows } = await db.query<Row>(
    `select address, phone is not null as has_phone, consent, consent_language, stopped_at is not null as stopped
     from contact where key = $1`,
    [contact],
  );
  const [found] = rows;
  if (!found || found.stopped || found.consent === 'none') return NONE;
  const phone = found.has_phone ? openAddress(keys, found.address) : null;
  const recipient = { contact, phone, language: language ?? found.consent_language ?? '' };
  const isHers = phone === null ? true : await isReadByHerAlone(registry, phone);
  if (isHers === undefined) return { kind: 'unsure', recipient };
  if (!isHers && sensitivity !== 'open') return NONE;
  const wantsAll = found.consent !== 'discreet' && profile.privacy.sms_detail !== 'discreet';
  return { kind: isHers && wantsAll ? 'full' : 'discreet', recipient };
}

/** Undefined when the registry does not answer. */
async function isReadByHerAlone(
  registry: Pick<Registry, 'findByPhone'>,
  phone: string,
): Promise<boolean | undefined> {
  try {
    const turn = { signal: AbortSignal.timeout(DEADLINE_MS) };
    return isOfOne(
      await enquire(turn, 'GRIEVANCE_INTAKE', (query: Query) => registry.findByPhone(phone, query)),
    );
  } catch (error) {
    if (error instanceof CannotTell) return undefined;
    throw error;
  }
}

/** Nobody else reads this phone, as far as the registry knows. */
export function isOfOne(persons: readonly Pick<RegistryPerson, 'household' | 'phoneUse'>[]): boolean {
  return (
    new Set(persons.map(({ household }) => household)).size <= 1 &&
    persons.every(({ phoneUse }) => phoneUse === 'own' || phoneUse === 'unknown')
  );
}
