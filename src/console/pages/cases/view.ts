/** Everything the page of a case shows, read once. */
import { attachmentsOf, type Attachment } from '../../../evidence/view.ts';
import { caseDetail, type CaseDetail } from '../../../grievances/case-detail.ts';
import { fillReply, listReplies } from '../../../grievances/canned.ts';
import { unitsOf } from '../../../grievances/deeds.ts';
import { OPEN_STATUSES } from '../../../grievances/lifecycle.ts';
import { audienceOf, type Audience } from '../../../grievances/outcome.ts';
import { seesCase, visibleCases } from '../../../grievances/visibility.ts';
import { daysAfter } from '../../../grievances/work.ts';
import { readHotline } from '../../../notifications/hotline.ts';
import { profileValues } from '../../../render/values.ts';
import { ACCOUNT_COLUMNS, staffFrom, type AccountRow } from '../../../staff/account.ts';
import { listStaff } from '../../../staff/accounts.ts';
import { may, type Staff } from '../../../staff/roles.ts';
import type { Tx } from '../../../store/database.ts';
import type { ConsoleDeps } from '../../deps.ts';

export type SeenReferral = { partner: string; need: string; state: string; due_on: string | null };

export type CaseView = {
  detail: CaseDetail;
  by: Staff;
  names: ReadonlyMap<string, string>;
  /** Of supervisors and of who works on secret cases: to whom it may be given. */
  colleagues: readonly { key: string; name: string }[];
  /** Where it may go beside where it is. */
  units: readonly string[];
  /** Codes it may be sorted into. */
  categories: readonly string[];
  /** The language she reads. */
  language: string;
  languages: readonly string[];
  /** Approved replies with the values of this case, by language. */
  replies: readonly { key: string; texts: Readonly<Record<string, string>> }[];
  audience: Audience;
  /** What will be sent when it is answered, and when she is asked; empty where nothing is. */
  messages: { answer: string; question: string };
  referral: SeenReferral | undefined;
  attachments: readonly Attachment[];
  mayRefer: boolean;
  /** Whether the case this appeal is against may be opened. */
  seesOriginal: boolean;
  isOpen: boolean;
};

/** Throws NoSuchCase. */
export async function viewCase(
  deps: ConsoleDeps,
  { reference, by, at }: { reference: string; by: Staff; at: Date },
): Promise<CaseView> {
  const { db, profile } = deps;
  const detail = await caseDetail(deps, { reference, by, at });
  const { found } = detail;
  const { offered, default: usual } = profile.languages;
  const language = found.language !== null && offered.includes(found.language) ? found.language : usual;
  const [names, audience, referral, replies, colleagues, seesOriginal, attachments, isHotlineUp] =
    await Promise.all([
      namesOf(deps, [found.owner, found.decided_by, ...detail.history.map(({ actor }) => actor)]),
      audienceOf(deps, reference),
      referralOf(deps, reference),
      listReplies(db, { state: 'approved' }),
      may(by, 'team') || found.sensitivity !== 'open' ? colleaguesOn(deps, reference, at) : [],
      found.appeal_of === null ? false : seesCase(db, by, found.appeal_of),
      attachmentsOf(db, deps.keys, by, { reference }),
      readHotline(db, profile),
    ]);
  const units = unitsOf(profile);
  const possible = found.sensitivity === 'open' ? units.open : units.restricted;
  return {
    detail,
    by,
    names,
    colleagues,
    units: possible.filter((unit) => unit !== found.route),
    categories: Object.values(profile.categories)
      .filter(
        ({ code, sensitivity }) =>
          code !== found.category && (found.sensitivity === 'open' || sensitivity !== 'open'),
      )
      .map(({ code }) => code),
    language,
    languages: [language, ...offered.filter((one) => one !== language)],
    replies: replies.map(({ key, texts }) => ({ key, texts: filled(deps, texts, found, isHotlineUp) })),
    audience,
    messages: messagesOf(deps, { reference, language, audience, at }),
    referral,
    attachments,
    mayRefer:
      found.sensitivity === 'open' &&
      found.contact !== null &&
      referral === undefined &&
      profile.referral.open,
    seesOriginal,
    isOpen: OPEN_STATUSES.includes(found.status),
  };
}

/** What is sent to her, as it will read. */
function messagesOf(
  { profile, texts }: ConsoleDeps,
  {
    reference,
    language,
    audience,
    at,
  }: { reference: string; language: string; audience: Audience; at: Date },
): CaseView['messages'] {
  if (audience === 'none') return { answer: '', question: '' };
  const said = (key: string, days: number): string =>
    audience === 'full'
      ? texts.text(language, key, { facts: { ref: reference, d: daysAfter(profile, at, days) } })
      : texts.text(language, 'sms.pay.discreet');
  return {
    answer: said('sms.grv.answer', profile.windows.appeal_days),
    question: said('sms.grv.wait', QUESTION_DAYS),
  };
}

const QUESTION_DAYS = 14;

function filled(
  { profile }: ConsoleDeps,
  texts: Readonly<Record<string, string>>,
  { reference, due_on }: { reference: string; due_on: string },
  isHotlineUp: boolean,
): Record<string, string> {
  const all: Record<string, string> = {};
  for (const language of profile.languages.offered) {
    const text = fillReply({ texts: { ...texts } }, language, {
      ref: reference,
      d: due_on.split('-').reverse().join('/'),
      ...profileValues(profile, language, isHotlineUp),
    });
    if (text !== undefined) all[language] = text;
  }
  return all;
}

/** Names of those among these actors who are staff. */
export async function namesOf(
  { db, keys }: Pick<ConsoleDeps, 'db' | 'keys'>,
  actors: readonly (string | null)[],
): Promise<Map<string, string>> {
  const wanted = [...new Set(actors.filter((actor) => actor !== null))];
  const { rows } = await db.query<AccountRow>(
    `select ${ACCOUNT_COLUMNS} from staff where key::text = any($1::text[])`,
    [wanted],
  );
  return new Map(rows.map((row) => [row.key, staffFrom(keys, row).name]));
}

async function colleaguesOn(
  deps: ConsoleDeps,
  reference: string,
  at: Date,
): Promise<{ key: string; name: string }[]> {
  const all = (await listStaff(deps, at)).filter(({ state }) => state !== 'disabled');
  const sees = await Promise.all(all.map((staff) => seesCase(deps.db, staff, reference)));
  return all.filter((_staff, index) => sees[index]).map(({ key, name }) => ({ key, name }));
}

async function referralOf({ db }: ConsoleDeps, reference: string): Promise<SeenReferral | undefined> {
  const { rows } = await db.query<SeenReferral>(
    'select partner, need, state, due_on from referral where reference = $1',
    [reference],
  );
  return rows[0];
}

/** The version of a case now, without having looked at it; undefined for what there is not. */
export async function versionOf(tx: Tx, by: Staff, reference: string): Promise<number | undefined> {
  const { sql, values } = visibleCases(by, 'g', 2);
  const { rows } = await tx.query<{ version: number }>(
    `select g.version from grievance g where g.reference = $1 and ${sql}`,
    [reference, ...values],
  );
  return rows[0]?.version;
}
