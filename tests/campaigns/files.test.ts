/** A campaign from a file: what is in it, what is refused by its line, and the same file again. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { listFile } from '../../src/campaigns/list-file.ts';
import { approveCampaign } from '../../src/campaigns/deeds.ts';
import { costOf } from '../../src/campaigns/cost.ts';
import { readCampaign } from '../../src/campaigns/campaign.ts';
import { runCampaigns } from '../../src/campaigns/run.ts';
import { FileRefused } from '../../src/payments/import/rows.ts';
import { openCampaigns, ready, type Campaigns } from './support.ts';

let office: Campaigns;
beforeAll(async () => {
  office = await openCampaigns();
});
afterAll(() => office.close());
beforeEach(async () => {
  await office.clear();
  await office.db.query('truncate campaign cascade');
  await office.add(
    ready('HH-601', '+96170206001'),
    ready('HH-602', '+96170206002'),
    ready('HH-603', '+96170206003', 'own', { status: 'collected' }),
  );
});

const list = (name: string, content: string | Buffer) =>
  listFile(office.campaigns, office.file(name, content as string), { title: name, by: 'command' });

it('takes the payments of a list with a BOM and other columns, and refuses lines by their number', async () => {
  const { campaign, refused, problems } = await list(
    'list.csv',
    '\ufeffnote;payment_ref\r\nx;PAY-HH-601\r\ny;PAY-nobody\r\nz;PAY-HH-602\r\nw;PAY-HH-601\r\nv;\r\n',
  );
  expect(problems).toEqual([
    { line: 3, reason: 'payment_ref: no such payment' },
    { line: 5, reason: 'payment_ref: stands on line 2 already' },
    { line: 6, reason: 'payment_ref or household_id: missing' },
  ]);
  expect(refused).toBe(3);
  await runCampaigns(office.campaigns);
  expect((await readCampaign(office.db, campaign.id))?.preview).toMatchObject({ total: 2, told: 2 });
});

it('takes households by their payment that waits', async () => {
  const { campaign, problems } = await list(
    'list.ndjson',
    '{"household_id":"HH-601"}\n{"household_id":"HH-603"}\n{"household_id":"HH-9"}\n{"household_id":"HH-601"}\nnot json\n[]\n',
  );
  expect(problems).toEqual([
    { line: 2, reason: 'household_id: has no payment that waits to be collected' },
    { line: 3, reason: 'household_id: no such household' },
    { line: 4, reason: 'household_id: stands on line 1 already' },
    { line: 5, reason: 'not valid JSON' },
    { line: 6, reason: 'expected an object' },
  ]);
  await runCampaigns(office.campaigns);
  expect((await readCampaign(office.db, campaign.id))?.preview).toMatchObject({ total: 1, told: 1 });
});

it('refuses a file as a whole before anything is made', async () => {
  for (const [name, content] of [
    ['columns.csv', 'reference,amount\nPAY-HH-601,1\n'],
    ['utf16.csv', Buffer.from('\ufeffpayment_ref\nPAY-HH-601\n', 'utf16le')],
    ['latin.csv', Buffer.from('payment_ref,nom\nPAY-HH-601,Ren\xe9\n', 'latin1')],
    ['empty.csv', ''],
  ] as const) {
    await expect(list(name, content), name).rejects.toThrow(FileRefused);
  }
  expect((await office.db.query('select from campaign')).rowCount).toBe(0);
});

it('is one campaign however often the file is read, and a broken reading goes on', async () => {
  const lines = 'payment_ref\nPAY-HH-601\nPAY-HH-602\n';
  const file = office.file('again.csv', lines);
  const options = { title: 'again', by: 'command' } as const;
  const stop = AbortSignal.abort(new Error('stopped'));
  await expect(listFile(office.campaigns, file, { ...options, signal: stop })).rejects.toThrow();
  const first = await listFile(office.campaigns, file, options);
  expect(first).toMatchObject({ isKnown: false, refused: 0, campaign: { state: 'gathering' } });
  await runCampaigns(office.campaigns);
  const { id } = first.campaign;
  await approveCampaign(office.campaigns, { id, by: 'command', at: office.campaigns.now() });
  await runCampaigns(office.campaigns);
  expect(await listFile(office.campaigns, file, options)).toMatchObject({
    isKnown: true,
    campaign: { id, state: 'running' },
  });
  await runCampaigns(office.campaigns);
  expect(await office.messages()).toHaveLength(2);
});

it.each([
  ['0.012', 1_000_000, '12000 USD'],
  ['0.0125', 3, '0.0375 USD'],
  ['2', 7, '14 USD'],
  ['0.1', 3, '0.3 USD'],
])('costs %s times %i exactly', (amount, parts, cost) => {
  expect(costOf({ amount, currency: 'USD' }, parts)).toBe(cost);
});
