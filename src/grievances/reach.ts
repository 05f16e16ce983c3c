/** What may be written to the person behind a case, unasked: everything, "you have a message", or nothing. */
import type { Tx } from '../conversation/ports.ts';
import { openAddress, type Consent } from '../notifications/contact.ts';
import type { Recipient } from '../notifications/notify.ts';
import type { Keys } from '../privacy/keys.ts';
import type { Sensitivity } from '../profiles/categories.ts';
import { RegistryUnavailable, type Registry } from '../registry/registry.ts';

export type Reach =
  /** `discreet`: only that there is a message. `unsure`: the registry cannot tell now whose phone it is. */
  | { kind: 'full' | 'discreet' | 'unsure'; recipient: Recipient }
  /** She gave no name, said no to messages, or others could read of what must stay hidden. */
  | { kind: 'none' };

export type ReachDeps = { keys: Keys; registry: Pick<Registry, 'findByPhone'> };

type Addressed = { contact: string | null; language: string | null; sensitivity: Sensitivity };

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

/** Contract §8 "Phone use" and "Consent". A private matter is never written about (dialogs.md D8). */
export async function reachOf(
  tx: Tx,
  { keys, registry }: ReachDeps,
  { contact, language, sensitivity }: Addressed,
): Promise<Reach> {
  if (contact === null || sensitivity === 'sensitive') return NONE;
  const { rows } = await tx.query<Row>(
    `select address, phone is not null as has_phone, consent, consent_language, stopped_at is not null as stopped
     from contact where key = $1`,
    [contact],
  );
  const [found] = rows;
  if (!found || found.stopped || found.consent === 'none') return NONE;
  const phone = found.has_phone ? openAddress(keys, found.address) : null;
  const recipient = { contact, phone, language: language ?? found.consent_language ?? '' };
  const isHers = phone === null ? true : await isHerOwn(registry, phone);
  if (isHers === undefined) return { kind: 'unsure', recipient };
  if (!isHers && sensitivity !== 'open') return NONE;
  return { kind: isHers && found.consent !== 'discreet' ? 'full' : 'discreet', recipient };
}

/** Nobody else reads this phone, as far as the registry knows; undefined when it does not answer. */
async function isHerOwn(
  registry: Pick<Registry, 'findByPhone'>,
  phone: string,
): Promise<boolean | undefined> {
  const signal = AbortSignal.timeout(DEADLINE_MS);
  try {
    const persons = await registry.findByPhone(phone, { purpose: 'GRIEVANCE_INTAKE', signal });
    const households = new Set(persons.map(({ household }) => household));
    return (
      households.size <= 1 && persons.every(({ phoneUse }) => phoneUse === 'own' || phoneUse === 'unknown')
    );
  } catch (error) {
    if (error instanceof RegistryUnavailable || signal.aborted) return undefined;
    throw error;
  }
}
