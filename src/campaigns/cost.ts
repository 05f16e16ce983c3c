/** What SMS parts cost, exactly: money is never a binary fraction. */
import type { SegmentPrice } from '../notifications/segment-price.ts';

/** "1250.5 USD": as many places as it takes. */
export function costOf({ amount, currency }: SegmentPrice, parts: number): string {
  const [whole = '0', fraction = ''] = amount.split('.');
  const units = String(BigInt(whole + fraction) * BigInt(parts)).padStart(fraction.length + 1, '0');
  const cut = units.length - fraction.length;
  const rest = units.slice(cut).replace(/0+$/, '');
  return `${units.slice(0, cut)}${rest === '' ? '' : `.${rest}`} ${currency}`;
}
