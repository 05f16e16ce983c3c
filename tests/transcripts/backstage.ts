/** What others do while a citizen is not on the line: staff answer and propose, and what is due happens. */
import { askReferrals } from '../../src/grievances/ask-referrals.ts';
import { decideCase } from '../../src/grievances/decide.ts';
import { proposeReferral } from '../../src/grievances/referral.ts';
import { runClocks } from '../../src/grievances/run-clocks.ts';
import { readLocales } from '../../src/locales.ts';
import { createNotifier } from '../../src/notifications/notify.ts';
import { localRegistry } from '../../src/registry/local.ts';
import { createTexts } from '../../src/render/texts.ts';
import type { Deployment } from '../../src/deployment.ts';
import type { Staff } from '../../src/staff/roles.ts';

export type Backstage = {
  staff(deed: 'answers' | 'refers', reference: string, text: string): Promise<void>;
  clocks(): Promise<void>;
};

export async function openBackstage({ db, keys, profile }: Deployment, now: () => Date): Promise<Backstage> {
  const texts = createTexts(readLocales(), profile, () => true);
  const notifier = createNotifier({ keys, texts, profile, now });
  const registry = localRegistry(db, keys, { enrolment: profile.status_map });
  const deps = { db, keys, profile, registry, notifier };
  const by: Staff = {
    key: '00000000-0000-4000-8000-0000000000aa',
    name: 'Officer',
    email: 'officer@transcripts.test',
    roles: ['supervisor'],
    units: null,
    area: null,
    language: 'en',
  };
  await db.query(
    `insert into staff (key, email, sealed, roles, language) values ($1, $2, '\\x00', $3, 'en')
     on conflict do nothing`,
    [by.key, by.key, by.roles],
  );
  return {
    async staff(deed, reference, text) {
      if (deed === 'refers') {
        const proposed = await db.transaction((tx) =>
          proposeReferral(
            tx,
            { profile, keys, notify: notifier },
            { reference, partner: text, need: 'health', by: by.key, at: now() },
          ),
        );
        if (!proposed.ok) throw new Error(proposed.why);
        return;
      }
      const { rows } = await db.query<{ version: number }>(
        'select version from grievance where reference = $1',
        [reference],
      );
      await decideCase(deps, {
        reference,
        version: rows[0]?.version ?? 0,
        by,
        at: now(),
        decision: 'upheld',
        reasonCode: 'payment_sent',
        answer: Object.fromEntries(profile.languages.offered.map((language) => [language, text])),
      });
    },
    async clocks() {
      await runClocks({ ...deps, now: now() });
      await askReferrals({ ...deps, now: now() });
    },
  };
}
