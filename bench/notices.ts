/** `npm run bench -- notices`: a wave of payment notices with workers killed all the time, and a million put in. */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import YAML from 'yaml';
import { profilesDir } from '../src/paths.ts';
import { loadProfile } from '../src/profiles/profile.ts';
import { runNotices, type NoticesResult } from './notices-run.ts';
import { runWasl, startWasl, startWorker } from './started.ts';
import { newDatabase, type Place } from './subjects.ts';

/** Messages a second that the stand-in allows. */
const PER_SECOND = 200;
const WORKERS = 2;

/** What the web process needs beside the workers' environment. */
const WEB = {
  HOST: '127.0.0.1',
  PUBLIC_URL: 'https://bench.example',
  WEBHOOK_TOKEN: 'bench-'.padEnd(40, 'x'),
};

export async function measureNotices(
  place: Place,
  notices: number,
  progress: (line: string) => void,
): Promise<NoticesResult> {
  const databaseUrl = await newDatabase(place, 'notices');
  const key = randomBytes(32);
  const profileFile = fastProfile(place.folder);
  const environment = {
    NODE_ENV: 'test',
    DATABASE_URL: databaseUrl,
    ENCRYPTION_KEY: key.toString('base64'),
    DATA_DIR: place.folder,
    PROFILE: profileFile,
    LOG_LEVEL: 'silent',
  };
  await runWasl(['migrate'], environment);
  const carrierOf = (carrierUrl: string) => ({
    ...environment,
    AFRICASTALKING_USERNAME: 'sandbox',
    AFRICASTALKING_API_KEY: 'key',
    AFRICASTALKING_BASE_URL: carrierUrl,
  });
  return runNotices({
    ...{ databaseUrl, key, notices, progress, workers: WORKERS, killEveryMs: 5_000, kills: Infinity },
    profile: loadProfile(profileFile, profilesDir),
    startWorker: (carrierUrl) => startWorker(carrierOf(carrierUrl)),
    startSteady: (carrierUrl) => startWasl({ ...carrierOf(carrierUrl), ...WEB }),
  });
}

/** Profile demo that sends at any hour, as fast as the stand-in allows. */
function fastProfile(folder: string): string {
  const demo = YAML.parse(readFileSync(join(profilesDir, 'demo.yaml'), 'utf8')) as { limits?: object };
  const file = join(folder, 'notices.yaml');
  const limits = { ...demo.limits, messages_per_second: PER_SECOND };
  writeFileSync(file, YAML.stringify({ ...demo, tenant: 'bench', quiet_hours: ['04:00', '04:01'], limits }));
  return file;
}

/** What must hold, each with whether it does. */
export function renderNotices(result: NoticesResult): string {
  const { notices, states, duplicates, unanswered, inFlightAtKills, replies } = result;
  const count = (state: string) => states[state] ?? 0;
  const sum = count('sent') + count('failed') + count('unknown') + count('cancelled');
  const line = (holds: boolean, text: string) => `${holds ? 'yes' : 'NO '}  ${text}`;
  return [
    `${notices} notices, ${result.kills} kills, ${result.seconds.toFixed(0)} s; put in within ${result.enqueueSeconds.toFixed(1)} s`,
    line(
      sum === notices,
      `sent ${count('sent')} + failed ${count('failed')} + unknown ${count('unknown')} + cancelled ${count('cancelled')} = ${sum}`,
    ),
    line(duplicates === 0, `numbers that were sent to twice: ${duplicates}`),
    line(
      count('unknown') <= inFlightAtKills + unanswered,
      `unknown ${count('unknown')} <= ${inFlightAtKills} in flight at kills + ${unanswered} never answered`,
    ),
    line(
      replies.longest < 1_000,
      `replies waited ${replies.median.toFixed(0)} ms (median), ${replies.longest.toFixed(0)} ms (longest of ${replies.count}); ${replies.lost} lost with a worker`,
    ),
    line(
      Math.abs(result.rate - 1) <= 0.05,
      `rate to the carrier's limit, median second: ${result.rate.toFixed(3)}`,
    ),
  ].join('\n');
}
