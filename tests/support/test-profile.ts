/** Profile demo as the tests need it: no holidays in the way, and no limit on how fast one phone may talk. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DateTime } from 'luxon';
import { profilesDir } from '../../src/paths.ts';

/** A path for PROFILE. */
export function testProfile(): string {
  const demo = readFileSync(path.join(profilesDir, 'demo.yaml'), 'utf8');
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'wasl-profile-')), 'demo.yaml');
  writeFileSync(
    file,
    demo.replace(/holidays: \[.*\]/, 'holidays: []') +
      'limits: { rate_per_person_per_minute: 100000, rate_per_process_per_minute: 1000000 }\n',
  );
  return file;
}

/** The last Wednesday at this time in the time zone of profile demo: open hours and delays are the same whenever tests run. */
export function lastWednesday(time = '10:00'): Date {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  const now = DateTime.now().setZone('Asia/Beirut');
  return now
    .minus({ days: ((now.weekday + 3) % 7) + 1 })
    .set({ hour, minute, second: 0, millisecond: 0 })
    .toJSDate();
}
