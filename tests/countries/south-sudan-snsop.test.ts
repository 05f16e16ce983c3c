/** South Sudan, SNSOP: what systems.md §2.2 says works, through the real callback. Nobody has a national ID. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RegistryUnavailable, type Registry } from '../../src/registry/registry.ts';
import { ROLES } from '../../src/staff/roles.ts';
import { rowCounts } from '../support/dialog-state.ts';
import { keepTranscript, openCountry, referenceIn, type Country } from './support.ts';

let sudan: Country;
let isRegistryOn = true;

const off = () => Promise.reject(new RegistryUnavailable('switched off'));

function switchable(real: Registry): Registry {
  return new Proxy(real, {
    get: (target, name: keyof Registry) => (isRegistryOn ? target[name].bind(target) : off),
  });
}

beforeAll(async () => {
  sudan = await openCountry('south-sudan-snsop', { registry: switchable });
});
afterAll(() => sudan.stop());

const ENGLISH = '1';
const ARABIC = '2';

test('SS1 without any ID and from an unknown phone she says that she is not on the list, and the boma committee has it', async () => {
  const stranger = sudan.phone('+211921000091');
  expect(await stranger.dial(ENGLISH, '3', '2', '1')).toContain('CODE of your boma');
  const screen = await stranger.type('110203', '1', '1', '1');
  const found = await sudan.case(referenceIn(screen));
  expect(found).toMatchObject({ category: 'ELG-LIST', route: 'boma_110203', area: '11-02-03' });
  keepTranscript('south-sudan-snsop', stranger);
});

test('SS1 a boma that has no committee is heard by its payam, and no code at all by the registry unit', async () => {
  const near = await sudan.phone('+211921000092').dial(ENGLISH, '3', '2', '1', '110277', '2', '1', '1');
  expect(await sudan.case(referenceIn(near))).toMatchObject({ route: 'payam_1102', area: null });
  const nowhere = await sudan.phone('+211921000093').dial(ARABIC, '3', '2', '1', '0', '2', '1', '1');
  expect(await sudan.case(referenceIn(nowhere))).toMatchObject({ route: 'registry', area: null });
});

test('SS2 a worker reads the days credited with the amount, and disputes the days as a payment case', async () => {
  const achol = sudan.phone('+211921000001');
  const screen = await achol.dial(ENGLISH, '2', '1', '4512', '110203');
  expect(screen).toContain('48,000 SSP for 16 days is ready');
  expect(await achol.type('3')).toContain('2.Less money or days');
  const found = await sudan.case(referenceIn(await achol.type('2', '1', '1', '1')));
  expect(found).toMatchObject({ category: 'PAY-LESS', programme: 'LIPW', route: 'MAFS' });
});

test('SS2 the code of another boma shows nothing', async () => {
  const nyandeng = sudan.phone('+211921000002');
  expect(await nyandeng.dial(ENGLISH, '2', '1', '7733', '110203')).toContain('These details do not match.');
  expect(await nyandeng.type('1', '7733', '140101')).toContain('30,000 SSP for 10 days');
});

test('SS3 a private matter is no case, no export and no message; only the trained role sees it', async () => {
  const before = await rowCounts(sudan.db);
  const caller = sudan.phone('+211921000094');
  const screen = await caller.dial(ENGLISH, '3', '5', '8', '2', '4', '1');
  expect(screen).toContain('No SMS will be sent.');
  const after = await rowCounts(sudan.db);
  expect(after['private_case']).toBe((before['private_case'] ?? 0) + 1);
  for (const table of ['grievance', 'grievance_event', 'outbound', 'task'])
    expect(after[table], table).toBe(before[table]);
  expect(await caller.inbox()).toEqual([]);
  const allowed = Object.entries(ROLES).filter(([, may]) => (may as readonly string[]).includes('private'));
  expect(allowed.map(([role]) => role)).toEqual(['protection_officer']);
  const { rows } = await sudan.db.query<{ caller: string | null; slot: string | null }>(
    'select * from private_case order by 1 desc limit 1',
  );
  expect(JSON.stringify(rows)).not.toContain('+211921000094');
});

test('SS4 the same complaint through the other ministry is shown the first number', async () => {
  const nyandeng = sudan.phone('+211921000002');
  await nyandeng.dial('2', '1', '7733', '140101');
  const first = referenceIn(await nyandeng.type('3', '1', '1', '1', '1'));
  expect(await sudan.case(first)).toMatchObject({ programme: 'LIPW', route: 'MAFS' });
  await nyandeng.dial('2', '1', '7733', '140101');
  const again = await nyandeng.type('9', '3', '1');
  expect(again).toContain(`You already have complaint ${first} about this.`);
});

test('SS5 with the registry switched off complaints, private matters, calls and information go on', async () => {
  isRegistryOn = false;
  try {
    const screen = await sudan.phone('+211921000095').dial(ENGLISH, '3', '2', '1', '140101', '1', '1', '1');
    expect(await sudan.case(referenceIn(screen))).toMatchObject({ route: 'boma_140101' });
    expect(await sudan.phone('+211921000095').dial('9', '5', referenceIn(screen))).toContain(
      referenceIn(screen),
    );
    expect(await sudan.phone('+211921000096').dial(ENGLISH, '8', '1')).toContain('We will call by');
    expect(await sudan.phone('+211921000097').dial(ENGLISH, '4', '3')).toContain('You have a right to');
    expect(await sudan.phone('+211921000098').dial(ENGLISH, '3', '5', '8', '1', '1')).toContain(
      'We will call you.',
    );
    expect(await sudan.phone('+211921000099').dial(ENGLISH, '1')).toContain('Records are not available now.');
  } finally {
    isRegistryOn = true;
  }
});
