/** Holds the direction of imports (docs/architecture.md): read from the sources, so that no arrow turns unnoticed. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../src/paths.ts';

type Rule = { in: RegExp; never?: RegExp; only?: RegExp; why: string };

const rules: Rule[] = [
  {
    in: /^flows\/(?!index)/,
    only: /^src\/conversation\/dialog\.ts$/,
    why: 'a flow knows the dialog vocabulary only',
  },
  {
    in: /^src\/conversation\//,
    never:
      /^src\/(render|channels|console|store|turns|simulator|registry|grievances|notifications|payments|privacy)\//,
    why: 'the conversation knows no channel, no words and no store',
  },
  {
    in: /^src\/channels\//,
    never: /^(flows|src\/(conversation|render|turns|store|registry|grievances|notifications|privacy))\//,
    why: 'a channel never sees a flow or a screen',
  },
  {
    in: /^src\/render\//,
    never: /^(flows|src\/(turns|store|registry|grievances|notifications|privacy|simulator))\//,
    why: 'rendering is pure',
  },
  {
    in: /^src\/(registry|payments|campaigns|grievances|notifications|privacy|profiles|staff|desk|evidence|insight)\//,
    never: /^(flows|src\/(turns|simulator|commands|server|main|cli|office|background|console|api))/,
    why: 'domains do not know who composes them',
  },
  {
    in: /^src\/turns\//,
    never: /^(flows|src\/(commands|server|main|cli|simulator|registry|grievances))/,
    why: 'a turn knows ports, not domains',
  },
  {
    in: /^src\/(conversation|render|channels|turns|store)\//,
    never: /^src\/(api|console)\//,
    why: 'the inside knows neither the console nor the API',
  },
  {
    in: /^(flows|src)\/(?!(cli|main|deployment|carriers|office|background)\.ts|commands)/,
    never: /^src\/(main|cli|server|deployment|carriers|office|background)\.ts$/,
    why: 'only main, cli and commands know everybody',
  },
];

/** The few files of XState, i18next and the environment that others must not bypass. */
const packages: { name: RegExp; only: RegExp; why: string }[] = [
  {
    name: /^xstate/,
    only: /^src\/conversation\/(dialog|run)\.ts$/,
    why: 'XState has one maker and one caller',
  },
  {
    name: /^i18next/,
    only: /^src\/(render\/texts|console\/words)\.ts$/,
    why: 'i18next has one user for citizens and one for staff',
  },
  { name: /^africastalking/, only: /^src\/channels\//, why: 'provider SDKs stay in their channels' },
  { name: /^twilio/, only: /^src\/channels\//, why: 'provider SDKs stay in their channels' },
  {
    name: /^ioredis/,
    only: /^src\/(main|turns\/session-store|commands\/doctor)\.ts$/,
    why: 'Redis is a cache behind one interface',
  },
];

const files = ['src', 'flows'].flatMap((folder) =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => path.posix.join(folder, file)),
);

const imports = files.flatMap((file) => {
  const source = readFileSync(path.join(root, file), 'utf8');
  return [...source.matchAll(/^(?:import|export) (?:[^;']*? from )?'([^'\n]+)'|import\('([^'\n]+)'\)/gm)]
    .map(([, named, lazy]) => ({ file, to: named ?? lazy ?? '' }))
    .map(({ to }) => ({
      file,
      to: to.startsWith('.') ? path.posix.normalize(path.posix.join(path.posix.dirname(file), to)) : to,
    }));
});

describe('imports', () => {
  it('are found', () => {
    expect(imports.length).toBeGreaterThan(100);
  });

  it.each(rules)('$why', (rule) => {
    const wrong = imports.filter(
      ({ file, to }) =>
        rule.in.test(file) &&
        ((rule.never?.test(to) ?? false) || (rule.only !== undefined && !rule.only.test(to))),
    );
    expect(wrong).toEqual([]);
  });

  it.each(packages)('$name: $why', ({ name, only }) => {
    expect(imports.filter(({ file, to }) => name.test(to) && !only.test(file))).toEqual([]);
  });

  it('leave the environment to config.ts', () => {
    const readers = files.filter((file) => /process\.env/.test(readFileSync(path.join(root, file), 'utf8')));
    expect(readers.sort()).toEqual(['src/cli.ts', 'src/config.ts', 'src/store/postgres-programs.ts']);
  });
});
