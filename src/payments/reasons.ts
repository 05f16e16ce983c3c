/** Why a payment did not arrive, in ten families (registry-and-grievance.md §3.2): for staff, who explain it in plain words. */

const FAMILIES: ReadonlySet<string> = new Set([
  'account_unresolved',
  'account_blocked',
  'name_mismatch',
  'limit_exceeded',
  'amount_invalid',
  'duplicate',
  'provider_unavailable',
  'expired_unclaimed',
  'programme_hold',
  'other',
]);

/** The reasons of G2P Connect. */
const G2P: Readonly<Record<string, string>> = {
  'rjct.payee_fa.invalid': 'account_unresolved',
  'rjct.amount.invalid': 'amount_invalid',
  'rjct.currency_code.invalid': 'amount_invalid',
  'rjct.reference_id.duplicate': 'duplicate',
};

/** The family of a reason; null where none was given. */
export function reasonFamily(code: string | null): string | null {
  if (code === null) return null;
  const plain = code.trim().toLowerCase();
  return FAMILIES.has(plain) ? plain : (G2P[plain] ?? 'other');
}
