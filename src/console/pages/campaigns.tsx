/** Campaigns (S12): who makes one, looks at it, approves it, watches it go, and stops it; and who was not told. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Request, Response } from 'express';
import {
  BROADCASTS,
  CampaignRefused,
  listCampaigns,
  readCampaign,
  type Campaign,
  type Filter,
} from '../../campaigns/campaign.ts';
import {
  approveCampaign,
  makeCampaign,
  pauseCampaign,
  resumeCampaign,
  stopCampaign,
  type NewCampaign,
} from '../../campaigns/deeds.ts';
import { dryRun } from '../../campaigns/dry-run.ts';
import { listReferences } from '../../campaigns/list-file.ts';
import { campaignResult, progressOf, type Result } from '../../campaigns/result.ts';
import { runCampaigns } from '../../campaigns/run.ts';
import { untoldCsv } from '../../campaigns/untold-csv.ts';
import { readSegmentPrice } from '../../notifications/segment-price.ts';
import { ENROLMENT_STATUSES } from '../../registry/registry.ts';
import { may, type Permission } from '../../staff/roles.ts';
import type { ConsoleDeps, ConsolePage, Tools } from '../deps.ts';
import { formOf, type PostedForm } from '../form.ts';
import { sendPage, sendPart, sendProblem } from '../respond.tsx';
import { requires } from '../session.ts';
import { staffOf, visitOf } from '../visit.ts';
import { colleagues } from './admin/people.ts';
import { CampaignPage, NowPart, type Now } from './campaigns/campaign.tsx';
import { DryRunPage } from './campaigns/dry-run.tsx';
import { CampaignList } from './campaigns/list.tsx';
import { NewCampaignPage, type Asked } from './campaigns/new.tsx';

const SECTION = '/campaigns';
const HERE = '/console/campaigns';

/** Who may look. What was sent to whom is for the auditor too; only few may act. */
const READERS = ['campaign', 'campaign.approve', 'audit'] as const;

/** A page that was asked to do something waits so long for it; the chores do the rest. */
const AT_ONCE_MS = 2_000;

/** So long a page waits for its numbers; it asks for them again by itself. */
const COUNT_MS = 3_000;

/** How many times as long as it took to count a count is kept. */
const PATIENCE = 10;

type All = ConsoleDeps & Tools;

export const campaignPages: ConsolePage = {
  nav: [{ href: SECTION, word: 'nav.campaigns', permission: READERS }],
  routes(router, deps) {
    const counted = counter(deps);
    router.get(SECTION, requires(...READERS), async (_req, res) => {
      const { words } = visitOf(res);
      sendPage(res, {
        title: words('campaign.title'),
        section: SECTION,
        body: (
          <CampaignList
            campaigns={await listCampaigns(deps.db)}
            nameOf={await colleagues(deps, words)}
            mayMake={may(staffOf(res), 'campaign')}
          />
        ),
      });
    });

    router.get(`${SECTION}/new`, requires('campaign'), (_req, res) => {
      showNew(res, deps, {});
    });
    router.post(`${SECTION}/new`, requires('campaign'), async (req, res) => {
      await make(res, deps, formOf(req));
    });

    router.get(`${SECTION}/:id`, requires(...READERS), async (req, res) => {
      const campaign = await found(req, res, deps);
      if (campaign) await showOne(res, deps, campaign, counted);
    });
    router.get(`${SECTION}/:id/now`, requires(...READERS), async (req, res) => {
      const campaign = await found(req, res, deps);
      if (campaign) sendPart(res, <NowPart {...await nowOf(res, deps, campaign, counted)} />);
    });

    router.post(`${SECTION}/:id/dry-run`, requires('campaign', 'campaign.approve'), async (req, res) => {
      const campaign = await found(req, res, deps);
      if (!campaign) return;
      await refusing(res, deps, campaign.id, async () => {
        const messages = await dryRun(deps, { id: campaign.id, by: staffOf(res) });
        sendPage(res, {
          title: visitOf(res).words('campaign.dry.title'),
          section: SECTION,
          body: <DryRunPage campaign={campaign} messages={messages} profile={deps.profile} />,
        });
      });
    });

    const deed = (name: string, work: typeof approveCampaign, ...permissions: Permission[]) => {
      router.post(`${SECTION}/:id/${name}`, requires(...permissions), async (req, res) => {
        const campaign = await found(req, res, deps);
        if (!campaign) return;
        const { id } = campaign;
        await refusing(res, deps, id, async () => {
          await work(deps, { id, by: staffOf(res), at: deps.now() });
          await runCampaigns(deps, { id, atMostMs: AT_ONCE_MS });
          deps.wake();
          deps.goTo(res, `${HERE}/${id}`, 'flash.saved');
        });
      });
    };
    deed('approve', approveCampaign, 'campaign.approve');
    deed('pause', pauseCampaign, 'campaign', 'campaign.approve');
    deed('resume', resumeCampaign, 'campaign', 'campaign.approve');
    deed('stop', stopCampaign, 'campaign', 'campaign.approve');

    router.post(`${SECTION}/:id/not-told`, requires('export'), async (req, res) => {
      const campaign = await found(req, res, deps);
      if (!campaign) return;
      res.attachment(`not-told-${campaign.id.slice(0, 8)}.csv`).type('text/csv; charset=utf-8');
      const lines = untoldCsv(deps, campaign, { by: staffOf(res), at: deps.now() });
      try {
        await pipeline(Readable.from(lines), res);
      } catch (error) {
        // Who closes the page wants no more of it.
        if ((error as { code?: unknown }).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
      }
    });
  },
};

async function found(req: Request, res: Response, { db }: All): Promise<Campaign | undefined> {
  const campaign = await readCampaign(db, String(req.params['id']));
  if (!campaign) sendProblem(res, 'nothing_here');
  return campaign;
}

/** What a campaign does not allow is said on its page. */
async function refusing(res: Response, { goTo }: All, id: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof CampaignRefused)) throw error;
    const { why } = error;
    if (why === 'unknown' || why === 'permission') sendProblem(res, 'nothing_here');
    else if (why === 'own') goTo(res, `${HERE}/${id}`, 'flash.problem_campaign_own');
    else if (why === 'untried') goTo(res, `${HERE}/${id}`, 'flash.problem_campaign_untried');
    else if (why === 'empty') goTo(res, `${HERE}/${id}`, 'flash.problem_campaign_empty');
    else goTo(res, `${HERE}/${id}`, 'flash.problem_campaign_state');
  }
}

/** Open pages look every few seconds: what took long to count is not counted again at once. */
function counter({ db, profile, now }: All): typeof campaignResult {
  const kept = new Map<string, { result: Promise<Result>; until: number }>();
  return async (_tx, campaign, { language }) => {
    const key = `${campaign.id} ${campaign.state} ${language}`;
    const before = kept.get(key);
    if (before && before.until > performance.now()) return before.result;
    for (const [old, { until }] of kept) if (until < performance.now()) kept.delete(old);
    const started = performance.now();
    const entry = {
      result: campaignResult(db, campaign, { profile, language, now: now() }),
      until: Infinity,
    };
    kept.set(key, entry);
    try {
      return await entry.result;
    } finally {
      entry.until = performance.now() + PATIENCE * (performance.now() - started);
    }
  };
}

async function nowOf(
  res: Response,
  deps: All,
  campaign: Campaign,
  count: typeof campaignResult,
): Promise<Now> {
  const now = deps.now();
  const { language } = visitOf(res);
  const counting = count(deps.db, campaign, { profile: deps.profile, language, now }).catch(
    (error: unknown) => {
      deps.report('a campaign could not be counted', error);
      return null;
    },
  );
  // Whoever comes to stop it must not wait for numbers.
  const result = await Promise.race([counting, sleep(COUNT_MS, null, { ref: false })]);
  const staff = staffOf(res);
  return {
    campaign,
    result,
    progress: result && progressOf(result, now),
    price: await readSegmentPrice(deps.db),
    mayAct: may(staff, 'campaign') || may(staff, 'campaign.approve'),
    mayApprove: may(staff, 'campaign.approve') && campaign.made_by !== staff.key,
    mayExport: may(staff, 'export'),
  };
}

async function showOne(
  res: Response,
  deps: All,
  campaign: Campaign,
  count: typeof campaignResult,
): Promise<void> {
  const { words } = visitOf(res);
  sendPage(res, {
    title: words('campaign.one'),
    section: SECTION,
    body: (
      <CampaignPage
        {...await nowOf(res, deps, campaign, count)}
        nameOf={await colleagues(deps, words)}
        programmes={deps.profile.programmes}
      />
    ),
  });
}

function showNew(res: Response, { profile }: All, asked: Asked, isWrong = false): void {
  sendPage(res, {
    title: visitOf(res).words('campaign.new'),
    section: SECTION,
    status: isWrong ? 422 : 200,
    body: <NewCampaignPage profile={profile} asked={asked} isWrong={isWrong} />,
  });
}

const MOST_PASTED = 5_000;

async function make(res: Response, deps: All, form: PostedForm): Promise<void> {
  const staff = staffOf(res);
  const asked = Object.fromEntries(
    ['what', 'title', 'programme', 'area', 'language', 'sex', 'status', 'until', 'references'].map((name) => [
      name,
      form.text(name),
    ]),
  ) as Asked;
  try {
    const title = asked.title ?? '';
    if (asked.what === 'list') {
      const references = (asked.references ?? '').split(/[\s,;]+/).filter((one) => one !== '');
      if (references.length === 0 || references.length > MOST_PASTED) throw new CampaignRefused('bad');
      const { id, problems } = await listReferences(deps, references, { title, by: staff });
      await runCampaigns(deps, { id, atMostMs: AT_ONCE_MS });
      deps.goTo(res, `${HERE}/${id}`, problems.length > 0 ? 'flash.problem_campaign_list' : 'flash.saved');
      return;
    }
    const id = await makeCampaign(deps, { ...whatOf(asked), title }, { by: staff, at: deps.now() });
    await runCampaigns(deps, { ...(id === undefined ? {} : { id }), atMostMs: AT_ONCE_MS });
    deps.goTo(res, id === undefined ? HERE : `${HERE}/${id}`);
  } catch (error) {
    if (error instanceof CampaignRefused && error.why === 'bad') showNew(res, deps, asked, true);
    else throw error;
  }
}

/** Closed lists again: what a form says is not believed. */
function whatOf({ what, programme, area, language, sex, status, until }: Asked): Omit<NewCampaign, 'title'> {
  const isStatus = ENROLMENT_STATUSES.some((one) => one === status);
  const filter: Filter = {
    ...(programme ? { programme } : {}),
    ...(area ? { area } : {}),
    ...(language ? { language } : {}),
    ...(sex === 'female' || sex === 'male' ? { sex } : {}),
    ...(status && isStatus ? { status } : {}),
  };
  if (what === 'due') return { kind: 'payments', source: 'due', filter };
  if (what === 'update_due') return { kind: 'broadcast', source: 'update_due', text: 'sms.up.due', filter };
  const broadcast = BROADCASTS.find(({ text }) => text === what);
  if (!broadcast) throw new CampaignRefused('bad');
  const { text, to: source, date } = broadcast;
  return { kind: 'broadcast', source, text, filter, ...(date && until ? { until } : {}) };
}
