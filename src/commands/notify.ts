/** `wasl notify`: tells the payees of a file, or of all payments that wait to be collected; asks before it sends. */
import path from 'node:path';
import { createInterface } from 'node:readline/promises';
import { CampaignRefused, readCampaign, type Campaign, type CampaignDeps } from '../campaigns/campaign.ts';
import {
  approveCampaign,
  makeCampaign,
  pauseCampaign,
  resumeCampaign,
  stopCampaign,
} from '../campaigns/deeds.ts';
import { listFile, type Listed } from '../campaigns/list-file.ts';
import { costOf } from '../campaigns/cost.ts';
import { campaignResult } from '../campaigns/result.ts';
import { runCampaigns } from '../campaigns/run.ts';
import type { Config } from '../config.ts';
import { withDeployment } from '../deployment.ts';
import { readLocales } from '../locales.ts';
import { hotlineSwitch } from '../notifications/hotline.ts';
import { createNotifier } from '../notifications/notify.ts';
import { readSegmentPrice, type SegmentPrice } from '../notifications/segment-price.ts';
import { createTexts } from '../render/texts.ts';

export type NotifyOptions = {
  due?: boolean;
  programme?: string;
  area?: string;
  yes?: boolean;
  draft?: boolean;
  json?: boolean;
};

type Run = {
  deps: CampaignDeps;
  options: NotifyOptions;
  signal: AbortSignal;
  price: SegmentPrice | undefined;
};

/** Of a file what was refused is listed and makes the exit code 2; stopped, the same command goes on. */
export async function notify(
  config: Config,
  file: string | undefined,
  options: NotifyOptions,
): Promise<void> {
  if ((file === undefined) === (options.due !== true)) throw new Error('name a FILE, or give --due');
  await withDeployment(config, async ({ db, keys, profile }) => {
    const hotline = await hotlineSwitch(db, profile);
    const texts = createTexts(readLocales(), profile, hotline.isUp);
    const stop = new AbortController();
    const onSignal = () => {
      stop.abort(new Error('stopped; the same command goes on from here'));
    };
    process.once('SIGINT', onSignal);
    process.once('SIGTERM', onSignal);
    try {
      const notifier = createNotifier({ keys, texts, profile });
      const deps = { db, keys, profile, texts, notifier, now: () => new Date() };
      await work({ deps, options, signal: stop.signal, price: await readSegmentPrice(db) }, file);
    } finally {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
      await hotline.stop();
    }
  });
}

async function work(run: Run, file: string | undefined): Promise<void> {
  const { deps, options, signal } = run;
  const listed = file === undefined ? undefined : await read(run, file);
  const id = listed?.campaign.id ?? (await dueCampaign(run));
  await runCampaigns(deps, { id, signal });
  signal.throwIfAborted();
  const campaign = await campaignOf(deps, id);
  const isNew = campaign.state === 'draft';
  if (!options.json) process.stdout.write(summary(run, campaign, listed));
  const answer = isNew && options.draft !== true ? await ask(run, campaign) : 'as it is';
  if (answer === 'yes') await approveCampaign(deps, { id, by: 'command', at: deps.now() });
  if (answer === 'no') await stopCampaign(deps, { id, by: 'command', at: deps.now() });
  if (campaign.state === 'paused' && campaign.approved_by !== null)
    await resumeCampaign(deps, { id, by: 'command', at: deps.now() });
  await send(run, id);
  await say(run, id, listed);
}

async function read({ deps, options, signal }: Run, file: string): Promise<Listed> {
  const showsProgress = options.json !== true && process.stderr.isTTY;
  return listFile(deps, file, {
    title: path.basename(file).slice(0, 100),
    by: 'command',
    signal,
    onProgress: (fraction) => {
      if (showsProgress) process.stderr.write(`\rreading ${Math.floor(fraction * 100)} %`);
    },
  });
}

/** The one that was broken off, or a new one. */
async function dueCampaign({ deps, options }: Run): Promise<string> {
  const { db, profile, now } = deps;
  const { programme, area } = options;
  if (programme !== undefined && !profile.programmes[programme])
    throw new Error(`--programme: this profile has ${Object.keys(profile.programmes).join(', ')}`);
  const filter = { ...(programme ? { programme } : {}), ...(area ? { area } : {}) };
  const { rows } = await db.query<{ id: string }>(
    `select id from campaign
     where made_by = 'command' and source = 'due' and state not in ('done', 'stopped') and filter = $1
     order by made_at desc limit 1`,
    [JSON.stringify(filter)],
  );
  const found = rows[0]?.id;
  if (found !== undefined) return found;
  const made = await makeCampaign(
    deps,
    { kind: 'payments', source: 'due', title: `--due ${now().toISOString().slice(0, 16)}`, filter },
    { by: 'command', at: now() },
  );
  if (made === undefined) throw new CampaignRefused('state');
  return made;
}

async function campaignOf({ db }: CampaignDeps, id: string): Promise<Campaign> {
  const campaign = await readCampaign(db, id);
  if (!campaign) throw new CampaignRefused('unknown');
  return campaign;
}

/** What it would say, to how many, and who cannot be told. */
function summary({ price }: Run, campaign: Campaign, listed: Listed | undefined): string {
  const { preview, state } = campaign;
  const lines: string[] = [];
  for (const { line, reason } of listed?.problems ?? []) lines.push(`line ${line}: refused: ${reason}`);
  if ((listed?.refused ?? 0) > 0) lines.push(`${listed?.refused} lines refused.`);
  if (!preview) return `${lines.join('\n')}\n`;
  lines.push(`${preview.total} people, ${preview.told} can be told:`);
  for (const { language, full, discreet, parts, sample } of preview.languages) {
    const cost = price ? `, ${costOf(price, parts)}` : '';
    lines.push(`  ${language}: ${full} in full, ${discreet} discreetly, ${parts} SMS parts${cost}`);
    for (const text of [sample.full, sample.discreet]) if (text !== undefined) lines.push(`    ${text}`);
  }
  const cost = price ? `, ${costOf(price, preview.parts)}` : ' (no price of a part is set)';
  lines.push(`  all: ${preview.isEstimate ? 'about ' : ''}${preview.parts} SMS parts${cost}`);
  const untold = Object.entries(preview.untold).map(([why, people]) => `${people} ${why}`);
  if (untold.length > 0) lines.push(`Not told: ${untold.join(', ')}.`);
  if (state !== 'draft') lines.push(`This was begun before; it is ${state}.`);
  return `${lines.join('\n')}\n`;
}

/** `--yes` answers for a person; without either nobody is asked, and nothing is sent. */
async function ask({ options, signal }: Run, { preview }: Campaign): Promise<'yes' | 'no' | 'as it is'> {
  if ((preview?.told ?? 0) === 0) return 'no';
  if (options.yes === true) return 'yes';
  if (!process.stdin.isTTY) {
    process.stderr.write('wasl: nothing was sent: --yes sends it\n');
    process.exitCode = 3;
    return 'as it is';
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const said = await terminal.question(`Send to ${preview?.told} people? [y/N] `, { signal });
    return /^\s*y(es)?\s*$/i.test(said) ? 'yes' : 'no';
  } finally {
    terminal.close();
  }
}

/** Until all is in the outbox. Told to stop, it pauses: a service beside it must not go on alone. */
async function send({ deps, options, signal }: Run, id: string): Promise<void> {
  const showsProgress = options.json !== true && process.stderr.isTTY;
  const { state, chunks } = await campaignOf(deps, id);
  if (state !== 'approved' && state !== 'running') return;
  let done = 0;
  await runCampaigns(deps, {
    id,
    signal,
    onChunk: () => {
      done += 1;
      if (showsProgress)
        process.stderr.write(`\rqueueing ${Math.floor((done / Math.max(1, chunks)) * 100)} %`);
    },
  });
  if (showsProgress) process.stderr.write('\n');
  if (!signal.aborted) return;
  const left = await campaignOf(deps, id);
  if (left.state !== 'running' && left.state !== 'approved') return;
  await pauseCampaign(deps, { id, by: 'command', at: deps.now() });
  await runCampaigns(deps, { id });
  signal.throwIfAborted();
}

async function say({ deps, options, price }: Run, id: string, listed: Listed | undefined): Promise<void> {
  const campaign = await campaignOf(deps, id);
  const { states, why } = await campaignResult(deps.db, campaign, {
    profile: deps.profile,
    language: deps.profile.languages.default,
    now: deps.now(),
  });
  if ((listed?.refused ?? 0) > 0) process.exitCode = 2;
  if (options.json === true) {
    const { state, preview } = campaign;
    const cost =
      price && preview
        ? { amount: costOf(price, preview.parts).split(' ')[0], currency: price.currency }
        : null;
    const { refused = 0, problems = [] } = listed ?? {};
    process.stdout.write(
      `${JSON.stringify({ campaign: id, state, preview, cost, states, not_told: why, refused, problems })}\n`,
    );
    return;
  }
  const queued = states.queued ?? 0;
  if (campaign.state === 'draft')
    process.stdout.write(`Nothing is sent yet; it waits for approval in the console: campaign ${id}.\n`);
  else if (campaign.state === 'stopped') process.stdout.write('Nothing was sent.\n');
  else
    process.stdout.write(`${queued} messages are in the outbox; the service sends them. Campaign ${id}.\n`);
}
