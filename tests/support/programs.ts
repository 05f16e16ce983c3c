/** The programs the tests need beside Node: found on the machine, else installed from Debian, else asked for by name. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

type Need = { name: string; debian: string[]; find: () => string | undefined };

const NEEDS = {
  redis: { name: 'redis-server', debian: ['redis-server'], find: () => onPath('redis-server') },
  chromium: {
    name: 'Chromium and an Arabic font',
    debian: ['chromium', 'fonts-noto-core'],
    find: () => (hasArabicFont() ? onPath('chromium', 'chromium-browser', 'google-chrome') : undefined),
  },
} satisfies Record<string, Need>;

/** The path of each program. Throws one line naming what is missing and how to get it; never goes on without. */
export function findPrograms(): { redis: string; chromium: string } {
  const missing = Object.values(NEEDS).filter((need) => need.find() === undefined);
  if (missing.length > 0) install(missing);
  return { redis: found(NEEDS.redis), chromium: found(NEEDS.chromium) };
}

/** The first of these commands on the PATH. */
export function onPath(...names: string[]): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

function found(need: Need): string {
  const path = need.find();
  if (path === undefined) {
    throw new Error(`The tests need ${need.name}; on Debian: apt-get install ${need.debian.join(' ')}`);
  }
  return path;
}

function install(needs: Need[]): void {
  const installer = onPath('apt-get');
  if (process.getuid?.() !== 0 || installer === undefined) return;
  const packages = needs.flatMap((need) => need.debian);
  process.stdout.write(`Installing ${packages.join(' ')} for the tests.\n`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  spawnSync(installer, ['update'], { env });
  spawnSync(installer, ['install', '-y', '--no-install-recommends', ...packages], { env });
}

/** Without one, a page in Arabic is a row of boxes. macOS brings its own. */
function hasArabicFont(): boolean {
  const folder = '/usr/share/fonts';
  if (process.platform !== 'linux') return true;
  if (!existsSync(folder)) return false;
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return files.some((file) => /Noto(Sans|Naskh|Kufi)Arabic/.test(file));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
