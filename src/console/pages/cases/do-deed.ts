/** From a posted form to the deed it asks for. */
import { assign, changeCategory, nameAccused, referToUnit } from '../../../grievances/assign.ts';
import { decideCase, DECISIONS } from '../../../grievances/decide.ts';
import { BadDeed, NoSuchCase, NotAllowed, type Deed } from '../../../grievances/deeds.ts';
import { seesCase } from '../../../grievances/visibility.ts';
import { NEEDS, proposeReferral } from '../../../grievances/referral.ts';
import {
  acknowledge,
  addNote,
  askCitizen,
  escalateCase,
  reopenCase,
  startReview,
  withdrawForCitizen,
} from '../../../grievances/work.ts';
import { recordAudit } from '../../../privacy/audit.ts';
import { findByEmail } from '../../../staff/accounts.ts';
import { may } from '../../../staff/roles.ts';
import type { ConsoleDeps } from '../../deps.ts';
import type { PostedForm } from '../../form.ts';
import { readCategory } from './codes.ts';
import type { DeedName } from './deeds.tsx';
import { versionOf } from './view.ts';

type Run = (deps: ConsoleDeps, deed: Deed, form: PostedForm, language: string) => Promise<void>;

const DEEDS: Readonly<Record<DeedName, Run>> = {
  acknowledge,
  review: startReview,
  take: (deps, deed) => assign(deps, { ...deed, owner: deed.by.key }),
  give: (deps, deed, form) => assign(deps, { ...deed, owner: form.text('owner') }),
  unit: (deps, deed, form) => assign(deps, { ...deed, unit: form.text('unit') }),
  // Two notes at once are no conflict.
  note: (deps, { version: _read, ...deed }, form) => addNote(deps, { ...deed, text: form.text('text') }),
  ask: (deps, deed, form, language) =>
    askCitizen(deps, { ...deed, text: { [language]: form.text('answer') } }),
  escalate: (deps, deed, form) => escalateCase(deps, { ...deed, reason: form.text('reason') }),
  refer: (deps, deed, form) =>
    referToUnit(deps, { ...deed, unit: form.text('unit'), dueOn: form.text('due'), text: form.text('text') }),
  category: (deps, deed, form) => {
    const category = readCategory(form.text('category'), Object.keys(deps.profile.categories));
    return changeCategory(deps, { ...deed, category: category ?? '' });
  },
  propose,
  accused: async (deps, deed, form) => {
    const [area, email] = [form.text('area'), form.text('email')];
    const staff = email === '' ? undefined : await findByEmail(deps, email, deed.at);
    if (email !== '' && !staff) throw new BadDeed('owner');
    await nameAccused(deps, { ...deed, ...(area ? { area } : {}), ...(staff ? { staff: staff.key } : {}) });
  },
  withdraw: (deps, deed, form) => withdrawForCitizen(deps, { ...deed, reason: form.text('reason') }),
  reopen: (deps, deed, form) => reopenCase(deps, { ...deed, reason: form.text('reason') }),
  decide: (deps, deed, form, language) => {
    const [decision, reasonCode = ''] = form.text('outcome').split(':');
    const known = DECISIONS.find((one) => one === decision);
    if (!known) throw new BadDeed('reason');
    const answer = answersOf(form, language, deps.profile.languages.offered);
    return decideCase(deps, { ...deed, decision: known, reasonCode, answer });
  },
};

export function isDeed(name: string): name is DeedName {
  return Object.hasOwn(DEEDS, name);
}

/** Throws what the deeds throw. */
export async function doDeed(
  deps: ConsoleDeps,
  name: DeedName,
  deed: Deed,
  { form, language }: { form: PostedForm; language: string },
): Promise<void> {
  await DEEDS[name](deps, deed, form, language);
  deps.wake();
}

/** The texts of an answer by language; hers is in `answer`. */
export function answersOf(
  form: PostedForm,
  hers: string,
  offered: readonly string[],
): Record<string, string> {
  return Object.fromEntries(
    offered
      .map((one) => [one, form.text(one === hers ? 'answer' : `answer_${one}`)])
      .filter(([, text]) => text !== ''),
  ) as Record<string, string>;
}

async function propose(deps: ConsoleDeps, deed: Deed, form: PostedForm): Promise<void> {
  const { reference, version, by, at } = deed;
  const need = NEEDS.find((one) => one === form.text('need'));
  if (!need) throw new BadDeed('reason');
  if (!may(by, 'cases')) throw new NotAllowed();
  await deps.db.transaction(async (tx) => {
    if (!(await seesCase(tx, by, reference))) throw new NoSuchCase();
    if ((await versionOf(tx, by, reference)) !== version) throw new BadDeed('version');
    const proposed = await proposeReferral(
      tx,
      { ...deps, notify: deps.notifier },
      { reference, partner: form.text('partner'), need, by: by.key, at },
    );
    if (!proposed.ok) throw new BadDeed(proposed.why === 'partner' ? 'text' : 'status');
    await recordAudit(tx, { actor: by.key, action: 'referral_proposed', subject: `case:${reference}`, at });
  });
}
