/** Answers written beforehand, in every language: written by one, approved by another, filled in for one citizen. */
import type { Tx } from '../conversation/ports.ts';
import { recordAudit } from '../privacy/audit.ts';
import type { Profile } from '../profiles/profile.ts';
import { may, type Staff } from '../staff/roles.ts';
import type { Database } from '../store/database.ts';
import { checkAnswer, type AnswerProblem } from './answer-check.ts';
import { NotAllowed } from './deeds.ts';

/** What a reply may name. Never a name: whoever holds the phone would read it. */
export const REPLY_VALUES = ['ref', 'd', 'svc', 'hot', 'code'] as const;
export type ReplyValue = (typeof REPLY_VALUES)[number];
export type ReplyValues = Partial<Record<ReplyValue, string>>;

export type CannedReply = {
  id: string;
  key: string;
  version: number;
  texts: Record<string, string>;
  state: 'draft' | 'approved' | 'retired';
  written_by: string | null;
  approved_by: string | null;
  created_at: Date;
  approved_at: Date | null;
};

export type ReplyProblem = AnswerProblem | { kind: 'name' | 'value'; from: number; until: number };

/** What is wrong with the texts of a draft, by language; or with its key. */
export class BadReply extends Error {
  readonly problems: Readonly<Record<string, ReplyProblem[]>>;

  constructor(problems: Readonly<Record<string, ReplyProblem[]>>) {
    super('this reply cannot be kept');
    this.name = 'BadReply';
    this.problems = problems;
  }
}

/** There is no draft with this id: approved meanwhile, or never written. */
export class NoSuchReply extends Error {
  constructor() {
    super('there is no such reply');
    this.name = 'NoSuchReply';
  }
}

/** Somebody wrote this draft over since it was read: neither approve nor replace what was not seen. */
export class StaleReply extends Error {
  constructor() {
    super('this draft was written over');
    this.name = 'StaleReply';
  }
}

const COLUMNS = 'id, key, version, texts, state, written_by, approved_by, created_at, approved_at';
const VALUE = /\{\{\s*([^{}]*?)\s*\}\}/gu;

type Deps = { db: Database; profile: Profile };

/** All versions, or those in use; by key, the newest first. */
export async function listReplies(
  db: Tx,
  { state }: { state?: CannedReply['state'] } = {},
): Promise<CannedReply[]> {
  const { rows } = await db.query<CannedReply>(
    `select ${COLUMNS} from canned_reply where $1::text is null or state = $1 order by key, version desc`,
    [state ?? null],
  );
  return rows;
}

export type Draft = {
  key: string;
  texts: Readonly<Record<string, string>>;
  /** When the draft was written that this one replaces, null when none was there; undefined: whatever is there. */
  over?: Date | null;
  by: Staff;
  at: Date;
};

/**
 * Writes the next version of a reply as a draft, or a draft over again. A rewritten draft is its last writer's.
 * Throws BadReply, and StaleReply when another draft is there than `over` says.
 */
export async function draftReply(
  { db, profile }: Deps,
  { key, texts, over, by, at }: Draft,
): Promise<CannedReply> {
  mustMay(by, 'content');
  const problems = problemsOf(profile, key, texts);
  if (Object.keys(problems).length > 0) throw new BadReply(problems);
  return db.transaction(async (tx) => {
    if (over !== undefined) await mustStand(tx, key, over);
    const { rows } = await tx.query<CannedReply>(
      `insert into canned_reply (key, version, texts, written_by, created_at)
       values ($1, coalesce((select max(version) from canned_reply where key = $1), 0) + 1, $2, $3, $4)
       on conflict (key) where state = 'draft'
       do update set texts = excluded.texts, written_by = excluded.written_by, created_at = excluded.created_at
       returning ${COLUMNS}`,
      [key, JSON.stringify(texts), by.key, at],
    );
    const [made] = rows;
    if (!made) throw new NoSuchReply();
    await recordAudit(tx, { actor: by.key, action: 'reply_drafted', subject: `reply:${made.id}`, at });
    return made;
  });
}

/** Two who write at once come one after the other; the second is told of the first. */
async function mustStand(tx: Tx, key: string, over: Date | null): Promise<void> {
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`reply:${key}`]);
  const { rows } = await tx.query<{ created_at: Date }>(
    `select created_at from canned_reply where key = $1 and state = 'draft' for update`,
    [key],
  );
  if (rows[0]?.created_at.getTime() !== over?.getTime()) throw new StaleReply();
}

/**
 * Puts a draft into use, in place of the version before. Never by who wrote it.
 * `written`: when the text that was read was written; another one since throws StaleReply.
 */
export async function approveReply(
  { db }: Pick<Deps, 'db'>,
  { id, written, by, at }: { id: string; written?: Date; by: Staff; at: Date },
): Promise<void> {
  mustMay(by, 'content.approve');
  await db.transaction(async (tx) => {
    const { rows } = await tx.query<CannedReply>(
      `select ${COLUMNS} from canned_reply where id::text = $1 and state = 'draft' for update`,
      [id],
    );
    const [draft] = rows;
    if (!draft) throw new NoSuchReply();
    if (draft.written_by === by.key) throw new NotAllowed('own_decision');
    if (written && draft.created_at.getTime() !== written.getTime()) throw new StaleReply();
    await tx.query(`update canned_reply set state = 'retired' where key = $1 and state = 'approved'`, [
      draft.key,
    ]);
    await tx.query(
      `update canned_reply set state = 'approved', approved_by = $2, approved_at = $3 where id = $1`,
      [draft.id, by.key, at],
    );
    await recordAudit(tx, { actor: by.key, action: 'reply_approved', subject: `reply:${id}`, at });
  });
}

/** Takes a reply or a draft out of use. */
export async function retireReply(
  { db }: Pick<Deps, 'db'>,
  { id, by, at }: { id: string; by: Staff; at: Date },
): Promise<void> {
  mustMay(by, 'content');
  await db.transaction(async (tx) => {
    const { rowCount } = await tx.query(
      `update canned_reply set state = 'retired' where id::text = $1 and state <> 'retired'`,
      [id],
    );
    if (rowCount === 0) throw new NoSuchReply();
    await recordAudit(tx, { actor: by.key, action: 'reply_retired', subject: `reply:${id}`, at });
  });
}

/** The languages that replies in use and drafts lack. */
export async function missingTranslations({
  db,
  profile,
}: Deps): Promise<{ key: string; languages: string[] }[]> {
  const replies = (await listReplies(db)).filter(({ state }) => state !== 'retired');
  return replies
    .map(({ key, texts }) => ({
      key,
      languages: profile.languages.offered.filter((language) => !texts[language]?.trim()),
    }))
    .filter(({ languages }) => languages.length > 0);
}

/** The text of a reply for one citizen; undefined when it lacks her language or a value it names. */
export function fillReply(
  { texts }: Pick<CannedReply, 'texts'>,
  language: string,
  values: ReplyValues,
): string | undefined {
  const text = texts[language];
  const valueOf = (name: string): string | undefined => (isValue(name) ? values[name] : undefined);
  const isWhole = [...(text ?? '').matchAll(VALUE)].every(([, name = '']) => valueOf(name) !== undefined);
  return isWhole ? text?.replace(VALUE, (_, name: string) => valueOf(name) ?? '') : undefined;
}

const isValue = (name: string): name is ReplyValue => REPLY_VALUES.some((one) => one === name);

function problemsOf(
  { languages }: Profile,
  key: string,
  texts: Readonly<Record<string, string>>,
): Record<string, ReplyProblem[]> {
  const problems: Record<string, ReplyProblem[]> = {};
  const none = Object.values(texts).every((text) => text.trim() === '');
  if (!/^[a-z][a-z0-9_.]{1,39}$/.test(key) || none) problems['key'] = [{ kind: 'empty', from: 0, until: 0 }];
  for (const [language, text] of Object.entries(texts)) {
    const named = [...text.matchAll(VALUE)].filter(([, name = '']) => !isValue(name));
    const wrong: ReplyProblem[] = named.map(({ 0: all, 1: name, index }) => ({
      kind: name === 'name' ? 'name' : 'value',
      from: index,
      until: index + all.length,
    }));
    // Values are as long as they are at most when the length is judged.
    const filled = text.replace(VALUE, (all) => 'x'.repeat(Math.min(all.length, 11)));
    wrong.push(...checkAnswer(filled));
    if (!languages.offered.includes(language)) wrong.push({ kind: 'value', from: 0, until: 0 });
    if (wrong.length > 0) problems[language] = wrong;
  }
  return problems;
}

function mustMay(by: Staff, permission: 'content' | 'content.approve'): void {
  if (!may(by, permission)) throw new NotAllowed();
}
