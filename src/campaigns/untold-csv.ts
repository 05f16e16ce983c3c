/** The list for other means as CSV: no names, and references to people only for who may see them. */
import { csvLine } from '../insight/csv.ts';
import type { Keys } from '../privacy/keys.ts';
import { officeFor, type Profile } from '../profiles/profile.ts';
import { openHousehold, openPerson } from '../registry/sealed.ts';
import { may, type Staff } from '../staff/roles.ts';
import type { Database } from '../store/database.ts';
import type { Campaign } from './campaign.ts';
import { audit } from './deeds.ts';
import { untoldRows } from './result.ts';

type Deps = { db: Database; keys: Keys; profile: Profile };

/** Line by line; a row in the audit says who took it before the first line leaves. */
export async function* untoldCsv(
  { db, keys, profile }: Deps,
  campaign: Campaign,
  { by, at }: { by: Staff; at: Date },
): AsyncGenerator<string> {
  const names = may(by, 'reveal');
  await audit(db, 'campaign_untold_exported', campaign.id, { by, at }, { references: names });
  const references = names ? ['household_id', 'person_id', 'payment_ref'] : [];
  yield csvLine(['number', 'why', 'state', 'code', 'area', 'office', 'language', ...references]);
  for await (const rows of untoldRows(db, campaign)) {
    let lines = '';
    for (const { n, why, state, error, area, language, payment_ref: payment, household, person } of rows) {
      const office = officeFor(profile, area).name[profile.languages.default] ?? '';
      const whom = names
        ? [
            household === null ? null : openHousehold(keys, household).household_id,
            person === null ? null : openPerson(keys, person).person_id,
            payment,
          ]
        : [];
      lines += csvLine([n, why, state, error, area, office, language, ...whom]);
    }
    yield lines;
  }
}
