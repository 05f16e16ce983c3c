/** Six thousand households: bounded memory, and every question answered by indexes alone. */
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { importRegistry } from '../../src/registry/import.ts';
import { localRegistry } from '../../src/registry/local.ts';
import { nameIndex } from '../../src/registry/names.ts';
import { writePopulation } from '../../src/registry/population.ts';
import type { NamedQuery } from '../../src/store/database.ts';
import type { TestRegistry } from './support.ts';
import { openTestRegistry, query, TODAY } from './support.ts';

const HOUSEHOLDS = 6_000;
const MIB = 1024 * 1024;

let registry: TestRegistry;
beforeAll(async () => {
  registry = await openTestRegistry();
});
afterAll(() => registry.close());

test(
  'an import of 6,000 households needs no more memory at its end than at its start',
  { timeout: 240_000 },
  async () => {
    const path = join(registry.folder, 'large.ndjson');
    const stream = createWriteStream(path);
    await writePopulation(stream, { households: HOUSEHOLDS, today: TODAY });
    stream.end();
    await finished(stream);

    const memory: number[] = [];
    const result = await importRegistry(registry.db, registry.keys, path, {
      onProgress: () => memory.push(process.memoryUsage.rss()),
    });
    expect(result.counts).toMatchObject({ households: HOUSEHOLDS, rejected: 0 });
    const quarter = Math.floor(memory.length / 4);
    const warm = Math.max(...memory.slice(0, quarter));
    const end = Math.max(...memory.slice(-quarter));
    expect(memory.length).toBeGreaterThanOrEqual(12);
    expect((end - warm) / MIB).toBeLessThan(100);
  },
);

test('no question of the registry reads a table from end to end', async () => {
  const { db, keys } = registry;
  await db.query('analyze');
  const asked: NamedQuery[] = [];
  const spied = {
    ...db,
    query: ((one: NamedQuery) => {
      asked.push(one);
      return db.query(one);
    }) as typeof db.query,
  };
  const local = localRegistry(spied, keys);
  const [person] = await local.findByPhone('+96170000001', query());
  const household = person?.household ?? '';
  await local.findByDocument('000012340427', query());
  await local.file(household, query());
  await local.enrolments(household, query());
  await local.payments(household, query());
  await local.registeredPhone(household, query());
  asked.push({
    name: 'names',
    text: 'select key from person where name_index @> $1::uuid[]',
    values: [nameIndex(keys, 'Rima Haddad')],
  });

  expect(asked.map((one) => one.name)).toHaveLength(7);
  for (const { name, text, values } of asked) {
    const { rows } = await db.query<{ 'QUERY PLAN': string }>(`explain ${text}`, values);
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan, name).toMatch(/Index/);
    expect(plan, name).not.toMatch(/Seq Scan/);
  }
});
