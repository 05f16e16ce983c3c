/** `wasl profile`, `wasl generate`, and what the command line says to who mistypes. */
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { profilesDir } from '../../src/paths.ts';
import { temporaryFolder, wasl } from './support.ts';

vi.setConfig({ testTimeout: 90_000 });

const folder = temporaryFolder();
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const demo = readFileSync(path.join(profilesDir, 'demo.yaml'), 'utf8');
const env = { DATA_DIR: path.join(folder, 'data') };

function profile(name: string, text: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
}

describe('wasl profile check', () => {
  it('has nothing against a good profile, and needs no configuration', async () => {
    const file = profile('good.yaml', demo);
    const { code, out, err } = await wasl(['profile', 'check', file], { PORT: 'wrong' });
    expect([code, out, err]).toEqual([0, `${file}: no problems\n`, '']);
  });

  it('says everything that is wrong, each with its line', async () => {
    const lines = demo
      .replace('tz: Asia/Beirut', 'tz: Asia/Beyrouth')
      .replace('currency: USD', 'currncy: USD');
    const file = profile('bad.yaml', lines);
    const lineOf = (text: string) => lines.split('\n').findIndex((line) => line.includes(text)) + 1;
    const { code, out } = await wasl(['profile', 'check', file]);
    expect(code).toBe(1);
    expect(out).toContain(`${file}:${lineOf('Beyrouth')}: calendar.tz: `);
    expect(out).toContain(
      `${file}:${lineOf('currncy')}: currncy: is not a key of the profile format: write currency\n`,
    );
    expect(out).toMatch(/: currency: is missing: write, for example, currency: USD\n/);
    const { out: json, code: same } = await wasl(['profile', 'check', file, '--json']);
    expect(same).toBe(1);
    const { problems } = JSON.parse(json) as { problems: { line: number; path: string; message: string }[] };
    expect(
      problems.map(({ line, path: at, message }) => `${file}:${line}: ${at}: ${message}\n`).join(''),
    ).toBe(out);
  });

  it('names the line of broken YAML, and a file that is not there', async () => {
    const broken = profile('broken.yaml', 'tenant: demo\nlanguages: [ar\nx: y\n');
    expect((await wasl(['profile', 'check', broken])).out).toMatch(/broken\.yaml:[23]: /);
    const none = await wasl(['profile', 'check', path.join(folder, 'none.yaml')]);
    expect([none.code, none.out]).toEqual([1, '']);
    expect(none.err).toMatch(/^wasl: .*none\.yaml: .*\n$/);
  });
});

describe('wasl profile new', () => {
  it('starts a profile that passes the check, and writes over nothing', async () => {
    const made = await wasl(['profile', 'new', 'atlantis-aid', '--folder', folder]);
    const file = path.join(folder, 'atlantis-aid.yaml');
    expect([made.code, made.err]).toEqual([0, '']);
    expect(made.out).toContain(`npx wasl profile check ${file}`);
    expect(readFileSync(file, 'utf8')).toMatch(/# confirm/);
    expect((await wasl(['profile', 'check', file])).out).toBe(`${file}: no problems\n`);
    const again = await wasl(['profile', 'new', 'atlantis-aid', '--folder', folder]);
    expect([again.code, again.err]).toEqual([1, `wasl: ${file}: is there already\n`]);
    expect((await wasl(['profile', 'new', 'Lost City', '--folder', folder])).code).toBe(1);
  });
});

describe('wasl profile schema', () => {
  it('is JSON Schema that knows the keys of the demo', async () => {
    const { code, out } = await wasl(['profile', 'schema']);
    expect(code).toBe(0);
    const schema = JSON.parse(out) as {
      $schema: string;
      type: string;
      properties: object;
      required: string[];
    };
    expect(schema.$schema).toMatch(/^https:\/\/json-schema\.org\//);
    expect(schema.type).toBe('object');
    expect(Object.keys(schema.properties)).toEqual(
      expect.arrayContaining(['tenant', 'calendar', 'identity', 'wording']),
    );
    expect(schema.required).toEqual(expect.arrayContaining(['tenant', 'service_name', 'programmes']));
    expect(schema.required).not.toContain('offices');
  });
});

describe('wasl generate', () => {
  it('writes as many families as asked, the same for the same seed', async () => {
    const [one, same, other] = ['one', 'same', 'other'].map((name) => path.join(folder, `${name}.ndjson`));
    const made = await wasl(['generate', '40', one ?? ''], env);
    expect([made.code, made.out]).toEqual([0, `40 households written to ${one ?? ''}\n`]);
    await wasl(['generate', '40', same ?? ''], env);
    await wasl(['generate', '40', other ?? '', '--seed', '2'], env);
    const read = (file = '') => readFileSync(file, 'utf8');
    expect(
      read(one)
        .trim()
        .split('\n')
        .map((line) => Object.keys(JSON.parse(line) as object).includes('members')),
    ).toEqual(Array<boolean>(40).fill(true));
    expect(read(same)).toBe(read(one));
    expect(read(other)).not.toBe(read(one));
  });

  it.each([
    ['0', 'x.ndjson', []],
    ['many', 'x.ndjson', []],
    ['3', 'no/such/folder/x.ndjson', []],
    ['3', 'x.ndjson', ['--seed', 'red']],
  ])('refuses %s families into %s with %o in one line', async (count, file, more) => {
    const { code, err, out } = await wasl(['generate', count, path.join(folder, file), ...more], env);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/^wasl: [^\n]+\n$/);
    expect(() => statSync(path.join(folder, file))).toThrow();
  });
});

describe('the command line', () => {
  it('says that a command does not exist', async () => {
    const { code, out, err } = await wasl(['nonsense'], env);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/unknown command 'nonsense'/);
    expect(err).not.toMatch(/at .*\.(ts|js):/);
  });

  it.each([
    [['import', 'registry'], /missing required argument 'file'/],
    [['serve', '--fast'], /unknown option '--fast'/],
    [['profile', 'chek', 'x'], /unknown command 'chek'/],
  ])('says what is wrong with %o', async (args, expected) => {
    const { code, err } = await wasl(args, env);
    expect(code).toBe(1);
    expect(err).toMatch(expected);
  });

  it('helps', async () => {
    const { code, out } = await wasl(['--help'], env);
    expect(code).toBe(0);
    for (const name of ['serve', 'migrate', 'doctor', 'import', 'generate', 'chat', 'profile'])
      expect(out).toMatch(new RegExp(`^  ${name}`, 'm'));
  });

  it('names the variable that is wrong, in one line', async () => {
    const { code, err } = await wasl(['migrate'], { ...env, PORT: 'http' });
    expect([code, err]).toEqual([1, 'wasl: PORT: must be a port number\n']);
  });

  it('names a profile that is not there', async () => {
    const { code, err } = await wasl(['migrate'], { ...env, PROFILE: 'nowhere' });
    expect(code).toBe(1);
    expect(err).toMatch(/^wasl: PROFILE: there is no profile nowhere[^\n]*\n$/);
  });
});
