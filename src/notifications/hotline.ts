/** Whether the call centre answers: switched by people while the service runs, and known to every process within seconds. */
import { z } from 'zod';
import { recordAudit } from '../privacy/audit.ts';
import type { Profile } from '../profiles/profile.ts';
import type { Database, Tx } from '../store/database.ts';
import { follow, readSetting, writeSetting, type Following } from '../store/settings.ts';

const SETTING = 'hotline';
const schema = z.object({ up: z.boolean() });

/** How long another process may go on printing the number after somebody switched it off. */
const REFRESH_MS = 1_000;

export type HotlineSwitch = Following & {
  /** As of the last look; costs nothing. */
  isUp: () => boolean;
};

/** Whether it answers now: what people switched last, or what the profile says as long as nobody has. */
export async function readHotline(tx: Tx, { hotline }: Profile): Promise<boolean> {
  return (await readSetting(tx, SETTING, schema))?.up ?? hotline.up;
}

/** What staff may write of the lines that citizens call: no number that nobody answers. */
export async function publicLines(tx: Tx, profile: Profile): Promise<{ known: string[]; silent?: string }> {
  const { hotline, channels } = profile;
  return (await readHotline(tx, profile))
    ? { known: [hotline.number, channels.ussd.code] }
    : { known: [channels.ussd.code], silent: hotline.number };
}

/** Switches it, with a row in the audit. `by`: key of a member of staff. */
export async function setHotline(
  tx: Tx,
  { up, by, at }: { up: boolean; by: string; at: Date },
): Promise<void> {
  await writeSetting(tx, { name: SETTING, value: { up }, by, at });
  await recordAudit(tx, { actor: by, action: up ? 'hotline_up' : 'hotline_down', at });
}

/** Looks now and again until it is stopped. */
export async function hotlineSwitch(db: Database, profile: Profile): Promise<HotlineSwitch> {
  let up = profile.hotline.up;
  const following = await follow(async () => {
    up = await readHotline(db, profile);
  }, REFRESH_MS);
  return { isUp: () => up, ...following };
}
