/** Campaigns over a registry of a few households, with the staff who make and approve them. */
import type { CampaignDeps } from '../../src/campaigns/campaign.ts';
import { approveCampaign, makeCampaign, type NewCampaign } from '../../src/campaigns/deeds.ts';
import { runCampaigns } from '../../src/campaigns/run.ts';
import type { Role, Staff } from '../../src/staff/roles.ts';
import type { HouseholdInput } from '../../src/registry/import/record.ts';
import { createNotifier } from '../../src/notifications/notify.ts';
import { family, openPayments, profile, texts, type Office } from '../payments/support.ts';

export const staff = (key: string, ...roles: Role[]): Staff => ({
  key: `00000000-0000-4000-8000-${key.padStart(12, '0')}`,
  name: key,
  email: `${key}@example.org`,
  roles,
  units: null,
  area: null,
  language: 'en',
});

export const MAKER = staff('1', 'supervisor');
export const APPROVER = staff('2', 'supervisor');

export type Campaigns = Office & { campaigns: CampaignDeps };

export async function openCampaigns(): Promise<Campaigns> {
  const office = await openPayments();
  const now = () => office.clock.now;
  const { db, keys } = office;
  const campaigns = {
    db,
    keys,
    profile,
    texts,
    notifier: createNotifier({ keys, texts, profile, now }),
    now,
  };
  return { ...office, campaigns };
}

/** A household whose payment the registry lists as ready: nobody was told by an event. */
export function ready(
  id: string,
  phone: string,
  use: 'own' | 'shared' | 'borrowed' | 'unknown' = 'own',
  more: Partial<NonNullable<HouseholdInput['payments']>[number]> = {},
): HouseholdInput {
  return {
    ...family(id, phone, use),
    payments: [
      {
        payment_ref: `PAY-${id}`,
        programme: 'CASH',
        period: '2026-11',
        amount: '145.00',
        currency: 'USD',
        status: 'ready',
        from: '2026-11-20',
        until: '2026-12-10',
        place: 'Main post office',
        ...more,
      },
    ],
  };
}

export const DUE: NewCampaign = { kind: 'payments', source: 'due', title: 'November' };

/** Made and gathered: a draft with its preview. */
export async function draft({ campaigns }: Campaigns, made: NewCampaign = DUE): Promise<string> {
  const id = await makeCampaign(campaigns, made, { by: MAKER, at: campaigns.now() });
  if (id === undefined) throw new Error('there is one with this origin');
  await runCampaigns(campaigns, { id });
  return id;
}

/** Looked at and approved; nothing is sent before somebody runs it. */
export async function approve({ campaigns }: Campaigns, id: string): Promise<void> {
  await campaigns.db.query('update campaign set tried_at = $2 where id = $1', [id, campaigns.now()]);
  await approveCampaign(campaigns, { id, by: APPROVER, at: campaigns.now() });
}
