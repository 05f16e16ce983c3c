/** Canned replies: written in every language, read and approved by somebody else, kept by version. */
import type { Request, Response } from 'express';
import {
  approveReply,
  BadReply,
  draftReply,
  listReplies,
  missingTranslations,
  NoSuchReply,
  retireReply,
  StaleReply,
  type CannedReply,
  type ReplyProblem,
} from '../../../grievances/canned.ts';
import { NotAllowed } from '../../../grievances/deeds.ts';
import { readSegmentPrice } from '../../../notifications/segment-price.ts';
import { may } from '../../../staff/roles.ts';
import type { ConsoleDeps, ConsolePage, Tools } from '../../deps.ts';
import { formOf } from '../../form.ts';
import { sendPage, sendProblem } from '../../respond.tsx';
import { requires } from '../../session.ts';
import { staffOf, visitOf } from '../../visit.ts';
import { colleagues } from './people.ts';
import { ReplyEditor } from './reply-editor.tsx';
import { LISTS, ReplyList, ReplyPage, type ReplyGroup } from './reply-view.tsx';

const SECTION = '/replies';
const HERE = '/console/replies';

export const replyPages: ConsolePage = {
  routes(router, deps) {
    const readers = requires('content', 'content.approve');
    const group = async (req: Request): Promise<ReplyGroup | undefined> =>
      groups(await listReplies(deps.db)).find(({ key }) => key === req.params['key']);

    router.get('/replies', readers, async (req, res) => {
      const all = groups(await listReplies(deps.db));
      const show = LISTS.find((one) => one === req.query['show']) ?? 'all';
      const missing = new Map(
        (await missingTranslations(deps)).map(({ key, languages }) => [key, languages]),
      );
      sendPage(res, {
        title: visitOf(res).words('admin.replies.title'),
        section: SECTION,
        body: (
          <ReplyList
            groups={all}
            missing={missing}
            show={show}
            languages={deps.profile.languages.offered}
            mayWrite={may(staffOf(res), 'content')}
          />
        ),
      });
    });

    router.get('/replies/new', requires('content'), async (_req, res) => {
      await showEditor(res, deps, { texts: {}, over: null, isNew: true, key: '' });
    });

    router.get('/replies/by/:key', readers, async (req, res) => {
      const found = await group(req);
      if (!found) {
        sendProblem(res, 'nothing_here');
        return;
      }
      const staff = staffOf(res);
      sendPage(res, {
        title: visitOf(res).words('admin.replies.one'),
        section: SECTION,
        body: (
          <ReplyPage
            group={found}
            languages={deps.profile.languages.offered}
            nameOf={await colleagues(deps, visitOf(res).words)}
            mayWrite={may(staff, 'content')}
            mayApprove={may(staff, 'content.approve') && found.draft?.written_by !== staff.key}
          />
        ),
      });
    });

    router.get('/replies/by/:key/edit', requires('content'), async (req, res) => {
      const found = await group(req);
      if (!found) {
        sendProblem(res, 'nothing_here');
        return;
      }
      const { draft, versions } = found;
      const texts = (draft ?? found.approved ?? versions[0])?.texts ?? {};
      await showEditor(res, deps, { key: found.key, texts, over: draft?.created_at ?? null, isNew: false });
    });

    router.post('/replies/save', requires('content'), async (req, res) => {
      const form = formOf(req);
      const isNew = form.text('new') === 'yes';
      const key = form.text('key');
      const texts = Object.fromEntries(
        deps.profile.languages.offered
          .map((language) => [language, form.text(`text-${language}`)])
          .filter(([, text]) => text !== ''),
      ) as Record<string, string>;
      const over = dateOf(form.text('over'));
      const again = { key, texts, over, isNew };
      if (isNew && (await listReplies(deps.db)).some((reply) => reply.key === key)) {
        await showEditor(res, deps, again, {}, 'exists');
        return;
      }
      try {
        await draftReply(deps, { key, texts, over, by: staffOf(res), at: deps.now() });
        deps.goTo(res, `${HERE}/by/${key}`, 'flash.admin_submitted');
      } catch (error) {
        if (error instanceof BadReply) await showEditor(res, deps, again, error.problems);
        // Nothing of hers is lost: the page comes back with her text, and with what to look at.
        else if (error instanceof StaleReply) await showEditor(res, deps, again, {}, 'stale');
        else throw error;
      }
    });

    router.post('/replies/approve', requires('content.approve'), async (req, res) => {
      const form = formOf(req);
      const written = dateOf(form.text('written'));
      await doing(res, deps, form.text('key'), () =>
        approveReply(deps, {
          id: form.text('id'),
          ...(written ? { written } : {}),
          by: staffOf(res),
          at: deps.now(),
        }),
      );
    });

    router.post('/replies/retire', requires('content'), async (req, res) => {
      const form = formOf(req);
      await doing(res, deps, form.text('key'), () =>
        retireReply(deps, { id: form.text('id'), by: staffOf(res), at: deps.now() }),
      );
    });
  },
};

async function doing(res: Response, { goTo }: Tools, key: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
    goTo(res, `${HERE}/by/${encodeURIComponent(key)}`, 'flash.saved');
  } catch (error) {
    if (error instanceof NoSuchReply || error instanceof StaleReply) sendProblem(res, 'conflict');
    else if (error instanceof NotAllowed)
      goTo(res, `${HERE}/by/${encodeURIComponent(key)}`, 'flash.problem_admin_own_reply');
    else throw error;
  }
}

/** From rows of all versions, by key, the newest first. */
function groups(replies: readonly CannedReply[]): ReplyGroup[] {
  const found = new Map<string, CannedReply[]>();
  for (const reply of replies) found.set(reply.key, [...(found.get(reply.key) ?? []), reply]);
  return [...found].map(([key, versions]) => ({
    key,
    versions,
    approved: versions.find(({ state }) => state === 'approved'),
    draft: versions.find(({ state }) => state === 'draft'),
  }));
}

function dateOf(text: string): Date | null {
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? null : at;
}

type Editing = { key: string; texts: Record<string, string>; over: Date | null; isNew: boolean };

async function showEditor(
  res: Response,
  { db, profile }: ConsoleDeps,
  { key, ...editing }: Editing,
  problems?: Readonly<Record<string, ReplyProblem[]>>,
  refused?: 'stale' | 'exists',
): Promise<void> {
  sendPage(res, {
    title: visitOf(res).words('admin.replies.one'),
    section: SECTION,
    status: refused ? 409 : problems ? 422 : 200,
    body: (
      <ReplyEditor
        replyKey={key}
        {...editing}
        profile={profile}
        price={await readSegmentPrice(db)}
        problems={problems ?? {}}
        refused={refused}
      />
    ),
  });
}
