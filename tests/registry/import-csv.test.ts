/** The CSV form of an import: the same tables as NDJSON, rows in any order, bad rows reported by file and line. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { importRegistry } from '../../src/registry/import.ts';
import type { HouseholdInput } from '../../src/registry/import/record.ts';
import { generateHouseholds } from '../../src/registry/population.ts';
import type { TestRegistry } from './support.ts';
import { contents, ndjson, openTestRegistry, TODAY, versions } from './support.ts';

const secret = randomBytes(32);
let registry: TestRegistry;
beforeEach(async () => {
  registry = await openTestRegistry(secret);
});
afterEach(() => registry.close());

type Cell = string | number | boolean | null | undefined;

/** Writes the four files, households backwards, so that the files are in different orders. */
function writeCsv(folder: string, households: HouseholdInput[], delimiter = ','): string {
  mkdirSync(folder, { recursive: true });
  const write = (file: string, columns: string[], rows: Record<string, Cell>[]): void => {
    const cell = (value: Cell): string => {
      const text = value === null || value === undefined ? '' : String(value);
      return /[",;\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    };
    const lines = rows.map((row) => columns.map((column) => cell(row[column])).join(delimiter));
    writeFileSync(join(folder, file), `\ufeff${[columns.join(delimiter), ...lines].join('\r\n')}\r\n`);
  };
  const each = (list: (one: HouseholdInput) => object[] | undefined) =>
    households.flatMap((one) =>
      (list(one) ?? []).map((row) => ({ ...(row as Record<string, Cell>), household_id: one.household_id })),
    );
  write('households.csv', ['area', 'household_id'], each((one) => [{ area: one.area }]).reverse());
  const memberRows = each((one) =>
    one.members.map((member) => ({
      ...member,
      ...Object.fromEntries(
        (member.documents ?? []).flatMap(({ type, number }, index) => {
          const suffix = index === 0 ? '' : `_${index + 1}`;
          return [
            [`document_type${suffix}`, type],
            [`document_number${suffix}`, number],
          ];
        }),
      ),
      phone_number: member.phones?.[0]?.number,
      phone_use: member.phones?.[0]?.use,
    })),
  );
  write(
    'members.csv',
    [
      'household_id',
      'person_id',
      'role',
      'given_name',
      'family_name',
      'mother_name',
      'sex',
      'birth_date',
      'language',
      'alive',
    ].concat([
      'document_type',
      'document_number',
      'document_type_2',
      'document_number_2',
      'phone_number',
      'phone_use',
    ]),
    memberRows,
  );
  const enrolments = ['programme', 'status', 'since', 'status_date', 'reason', 'next_date', 'review_due'];
  write(
    'enrolments.csv',
    ['household_id', ...enrolments],
    each((one) => one.enrolments),
  );
  const payments = [
    'payment_ref',
    'programme',
    'period',
    'amount',
    'currency',
    'status',
    'from',
    'until',
    'place',
  ];
  write(
    'payments.csv',
    ['household_id', ...payments, 'provider', 'status_date', 'person_id'],
    each((one) => one.payments),
  );
  return folder;
}

test.each([',', ';', '\t'])(
  'four CSV files separated by %j give the same tables as NDJSON',
  async (delimiter) => {
    const households = [...generateHouseholds({ households: 300, today: TODAY })];
    const result = await importRegistry(
      registry.db,
      registry.keys,
      writeCsv(join(registry.folder, 'csv'), households, delimiter),
    );
    expect(result).toMatchObject({ households: 300, rejected: [], warnings: [] });

    // Into the same database: had CSV made anything different, the household would count as changed.
    const before = await contents(registry);
    const again = await importRegistry(
      registry.db,
      registry.keys,
      registry.file('a.ndjson', ndjson(households)),
    );
    expect(again).toMatchObject({ households: 300, members: result.members, unchanged: 300 });
    expect(await contents(registry)).toBe(before);
  },
);

test('a second import writes nothing, and no waiting row is left', async () => {
  const { db, keys, folder } = registry;
  const csv = writeCsv(join(folder, 'csv'), [...generateHouseholds({ households: 120, today: TODAY })]);
  await importRegistry(db, keys, csv);
  const before = await versions(db);
  expect(await importRegistry(db, keys, join(csv, 'members.csv'))).toMatchObject({
    households: 120,
    unchanged: 120,
  });
  expect(await versions(db)).toBe(before);
  expect((await db.query('select 1 from registry_import_row')).rowCount).toBe(0);
});

test('a bad row is reported with its file and line; the rest of the household goes in', async () => {
  const { db, keys, folder } = registry;
  const write = (file: string, lines: string[]) => {
    writeFileSync(join(folder, file), lines.join('\n'));
  };
  write('households.csv', ['household_id,area', 'A-1,BEY', 'A-2,BEY', 'A-1,NOR', ',BEY']);
  write('members.csv', [
    'household_id,person_id,role,given_name,birth_date,alive,phone_number',
    'A-1,P-1,head,Rima,1980,yes,+96171100001',
    'A-1,P-2,daughter,Maya,2010-01-01,yes,',
    'A-2,P-3,head,Huda,1980-02-30,yes,',
    'A-3,P-4,head,Nour,1980-02-03,no,',
    'A-1,P-5,member,"Two',
    'lines",1990-01-01,perhaps,',
    'A-1,P-6,member,Jad,1990-01-01,0,',
  ]);
  const result = await importRegistry(db, keys, folder);
  expect(result).toMatchObject({ households: 1, members: 2 });
  expect(result.rejected.map(({ file, line }) => `${file ?? ''}:${line}`).sort()).toEqual([
    ':3',
    'households.csv:4',
    'households.csv:5',
    'members.csv:3',
    'members.csv:4',
    'members.csv:5',
    'members.csv:7',
  ]);
  expect(JSON.stringify(result)).not.toMatch(/Rima|Maya|Huda|Nour|daughter|perhaps|lines/);
});

test('a folder without members.csv is refused with the name of the file', async () => {
  const { db, keys, folder } = registry;
  const csv = writeCsv(join(folder, 'csv'), [...generateHouseholds({ households: 2, today: TODAY })]);
  rmSync(join(csv, 'members.csv'));
  await expect(importRegistry(db, keys, csv)).rejects.toThrow('members.csv is missing');
});

test('stopped while reading and again while writing, it ends with the same tables', async () => {
  const { db, keys, folder } = registry;
  const households = [...generateHouseholds({ households: 1_300, today: TODAY })];
  const csv = writeCsv(join(folder, 'csv'), households);
  for (const stopAt of [0.15, 0.6]) {
    const stop = new AbortController();
    const stopped = importRegistry(db, keys, csv, {
      signal: stop.signal,
      onProgress: ({ fraction }) => {
        if (fraction >= stopAt) stop.abort();
      },
    });
    await expect(stopped).rejects.toThrow(/abort/i);
  }
  expect(await importRegistry(db, keys, csv)).toMatchObject({
    households: 1_300,
    unchanged: 0,
    rejected: [],
  });
  const again = await importRegistry(db, keys, registry.file('a.ndjson', ndjson(households)));
  expect(again).toMatchObject({ households: 1_300, unchanged: 1_300 });
});
