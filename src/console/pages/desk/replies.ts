/** What a reply is made of: canned texts filled in for one citizen, and the check before it is sent. */
import { checkAnswer, type AnswerProblem } from '../../../grievances/answer-check.ts';
import { fillReply, listReplies, type CannedReply, type ReplyValues } from '../../../grievances/canned.ts';
import { publicLines, readHotline } from '../../../notifications/hotline.ts';
import type { Profile } from '../../../profiles/profile.ts';
import { profileValues } from '../../../render/values.ts';
import type { Database } from '../../../store/database.ts';
import type { Language } from '../../words.ts';
import { languageOf } from './timeline-words.ts';

/** Those in use whose values are known: a reply that names a case waits until she has one. */
export async function cannedFor(
  { db, profile }: { db: Database; profile: Profile },
  { language, cases }: { language: Language; cases: readonly string[] },
): Promise<{ reply: CannedReply; text: string }[]> {
  const [reference] = cases;
  const { svc = '', hot = '', code = '' } = profileValues(profile, language, await readHotline(db, profile));
  const values: ReplyValues = { svc, hot, code };
  if (reference !== undefined) {
    const { rows } = await db.query<{ due_on: string }>('select due_on from grievance where reference = $1', [
      reference,
    ]);
    values.ref = reference;
    if (rows[0]) values.d = writeDate(rows[0].due_on);
  }
  const replies = await listReplies(db, { state: 'approved' });
  return replies.flatMap((reply) => {
    const text = fillReply(reply, language, values);
    return text === undefined ? [] : [{ reply, text }];
  });
}

/** `2026-12-31` -> `31/12/2026`, as every message writes it. */
function writeDate(iso: string): string {
  const [year = '', month = '', day = ''] = iso.split('-');
  return `${day}/${month}/${year}`;
}

export async function problemsOf(
  { db, profile }: { db: Database; profile: Profile },
  text: string,
): Promise<AnswerProblem[]> {
  return checkAnswer(text, await publicLines(db, profile));
}

/** Her language, when the letters are those of another one. */
export function wrongLanguage(text: string, hers: Language): Language | undefined {
  const written = languageOf(text, hers);
  if (!/\p{L}/u.test(text)) return undefined;
  return (written === 'ar') === (hers === 'ar') ? undefined : hers;
}
