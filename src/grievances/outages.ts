/** Spells in which registry or channels were out, as people record them: they make the time to appeal longer. */
import { recordAudit } from '../privacy/audit.ts';
import type { Tx } from '../store/database.ts';
import { writeSetting } from '../store/settings.ts';
import { readOutages, type Outage } from './appeal-window.ts';

type Deed = { by: string; at: Date };

export type OutageRefusal = 'order' | 'future' | 'known' | 'unknown';
type Changed = { ok: true } | { ok: false; why: OutageRefusal };

/** Adds a spell that is over. */
export async function addOutage(
  tx: Tx,
  { from, until }: { from: Date; until: Date },
  { by, at }: Deed,
): Promise<Changed> {
  if (until <= from) return { ok: false, why: 'order' };
  if (until > at) return { ok: false, why: 'future' };
  const spell: Outage = { from: from.toISOString(), until: until.toISOString() };
  const known = await holdOutages(tx);
  if (known.some((one) => isSame(one, spell))) return { ok: false, why: 'known' };
  await store(tx, [...known, spell], { by, at });
  await recordAudit(tx, { actor: by, action: 'outage_added', details: spell, at });
  return { ok: true };
}

/** Takes away a spell that was recorded by mistake. */
export async function removeOutage(tx: Tx, spell: Outage, { by, at }: Deed): Promise<Changed> {
  const known = await holdOutages(tx);
  const left = known.filter((one) => !isSame(one, spell));
  if (left.length === known.length) return { ok: false, why: 'unknown' };
  await store(tx, left, { by, at });
  await recordAudit(tx, { actor: by, action: 'outage_removed', details: spell, at });
  return { ok: true };
}

/** One after the other, also for the first: neither of two who add at once is lost. */
async function holdOutages(tx: Tx): Promise<Outage[]> {
  await tx.query(`select pg_advisory_xact_lock(hashtextextended('setting:outages', 0))`);
  return readOutages(tx);
}

async function store(tx: Tx, outages: Outage[], { by, at }: Deed): Promise<void> {
  const sorted = outages.sort((one, other) => one.from.localeCompare(other.from));
  await writeSetting(tx, { name: 'outages', value: sorted, by, at });
}

function isSame(one: Outage, other: Outage): boolean {
  return one.from === other.from && one.until === other.until;
}
