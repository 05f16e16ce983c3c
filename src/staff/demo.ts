/** Accounts for trying the console: one for every role, with one password, in profile `demo` outside production. */
import type { Keys } from '../privacy/keys.ts';
import type { Database } from '../store/database.ts';
import { recordAudit } from '../privacy/audit.ts';
import { accountByEmail } from './account.ts';
import { insertAccount } from './accounts.ts';
import { hashPassword } from './passwords.ts';
import type { Role } from './roles.ts';

/** Printed at the start: everybody knows it, so it opens nothing but invented data. */
export const DEMO_PASSWORD = 'try-wasl-today';

type DemoPerson = { at: string; name: string; roles: readonly Role[]; language: string; area?: string };

/** Two agents, to answer the same case; two content managers, as one approves what the other wrote. */
const PEOPLE: readonly DemoPerson[] = [
  { at: 'agent', name: 'Rana Khoury', roles: ['agent'], language: 'ar' },
  { at: 'agent2', name: 'Karim Saad', roles: ['agent'], language: 'fr' },
  { at: 'vendor', name: 'Nadine Aoun', roles: ['vendor_agent'], language: 'ar' },
  { at: 'officer', name: 'Samir Haddad', roles: ['case_officer'], language: 'ar' },
  { at: 'north', name: 'Hala Merhi', roles: ['case_officer'], language: 'ar', area: 'AKK' },
  { at: 'appeals', name: 'Leila Nassar', roles: ['appeal_officer'], language: 'en' },
  { at: 'inspector', name: 'Ziad Farah', roles: ['inspector'], language: 'fr' },
  { at: 'protection', name: 'Maya Daher', roles: ['protection_officer'], language: 'ar' },
  { at: 'supervisor', name: 'Joumana Rizk', roles: ['supervisor'], language: 'ar' },
  { at: 'auditor', name: 'Walid Mansour', roles: ['auditor'], language: 'en' },
  { at: 'content', name: 'Dima Sabbagh', roles: ['content_manager'], language: 'ar' },
  { at: 'content2', name: 'Fadi Issa', roles: ['content_manager'], language: 'fr' },
  { at: 'admin', name: 'Tarek Bitar', roles: ['admin'], language: 'en' },
];

export function demoAddress(at: string): string {
  return `${at}@demo.wasl`;
}

/** Adds those that are missing. The caller sees to it that this is profile `demo`; production is refused here. */
export async function addDemoStaff(
  { db, keys, isProduction }: { db: Database; keys: Keys; isProduction: boolean },
  now: Date,
): Promise<void> {
  if (isProduction) throw new Error('demo accounts are refused in production');
  const found = await Promise.all(PEOPLE.map(({ at }) => accountByEmail(db, keys, demoAddress(at))));
  const missing = PEOPLE.filter((_person, index) => found[index] === undefined);
  if (missing.length === 0) return;
  const hash = await hashPassword(DEMO_PASSWORD);
  await db.transaction(async (tx) => {
    for (const { at, name, roles, language, area } of missing) {
      const person = { email: demoAddress(at), name, roles, language, units: null, area: area ?? null };
      const key = await insertAccount(tx, keys, person, { hash, isTemporary: false, isDemo: true, at: now });
      if (key === undefined) continue;
      const subject = `staff:${key}`;
      await recordAudit(tx, { actor: 'demo', action: 'staff_added', subject, details: { roles }, at: now });
    }
  });
}
