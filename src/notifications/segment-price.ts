/** What one part of a text message costs: a setting, for whoever writes to citizens to see what it costs. */
import { z } from 'zod';
import { recordAudit } from '../privacy/audit.ts';
import type { Tx } from '../store/database.ts';
import { readSetting, writeSetting } from '../store/settings.ts';

const SETTING = 'segment_price';

const segmentPriceSchema = z.object({
  /** ISO 4217. */
  currency: z.string().refine((code) => Intl.supportedValuesOf('currency').includes(code)),
  /** Decimal, at most six places: money is never a binary fraction. */
  amount: z.string().regex(/^\d{1,6}(\.\d{1,6})?$/),
});
export type SegmentPrice = z.output<typeof segmentPriceSchema>;

/** Undefined as long as nobody has said what it costs. */
export async function readSegmentPrice(tx: Tx): Promise<SegmentPrice | undefined> {
  return readSetting(tx, SETTING, segmentPriceSchema);
}

/** False when it is no amount, or no currency. */
export async function setSegmentPrice(
  tx: Tx,
  { price, by, at }: { price: SegmentPrice; by: string; at: Date },
): Promise<boolean> {
  const { success, data } = segmentPriceSchema.safeParse(price);
  if (!success) return false;
  await writeSetting(tx, { name: SETTING, value: data, by, at });
  await recordAudit(tx, { actor: by, action: 'segment_price_set', details: data, at });
  return true;
}
