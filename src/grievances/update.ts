/** Changes in the family (dialogs.md D11): requests that people check, never a direct edit. */
import type { Slots } from '../conversation/dialog.ts';
import type { Port } from '../conversation/ports.ts';
import { maskSecrets } from '../conversation/secrets.ts';
import { categoryOf, openCase, programmeOf, type CaseWords, type GrievanceDeps } from './cases.ts';
import { hashOfTurn } from './events.ts';
import { enquireIfUp, namedLodger, toldBy, wordsOf } from './lodge.ts';

/**
 * `recorded` says what the last screen tells her. A new phone must have been typed twice alike; the old one is warned,
 * so that nobody can take a file over in silence. When that phone is not known now, the case says so to the agent.
 */
export function lodgeUpdate(deps: GrievanceDeps): Port<'lodgeUpdate'> {
  return async (slots, turn) => {
    const change = changeOf(slots);
    const isPhone = change === 'phone';
    if (isPhone && slots['phone'] !== slots['phoneagain']) return { outcome: 'differs' };
    const { identity } = turn;
    const old =
      isPhone && identity
        ? await enquireIfUp(turn, (query) => deps.registry.registeredPhone(identity.household, query))
        : undefined;
    const category = categoryOf(deps.profile, 'wrongdetails');
    const programme = programmeOf(deps.profile, slots['programme']);
    const org = programme === null ? undefined : deps.profile.programmes[programme]?.institution;
    const lodger = await namedLodger(deps, turn, category);
    const { reference, dueOn } = await openCase(await turn.tx(), deps, {
      kind: 'update',
      category,
      matter: `change:${change}`,
      programme,
      lodger,
      channel: turn.channel,
      language: turn.language,
      words: {
        ...told(slots),
        ...wordsOf(slots['details']),
        ...(isPhone ? { oldPhoneWarned: old ? 'yes' : 'no' } : {}),
        ...toldBy(slots, turn),
      },
      at: turn.now,
      idempotency: hashOfTurn(deps.keys, 'update', turn),
    });
    if (old) {
      await turn.notify({
        phone: old.phone,
        text: 'sms.up.oldphone',
        kind: 'security',
        key: `up.oldphone:${reference}`,
      });
    }
    const known = { outcome: 'recorded', ref: reference, d: dueOn };
    return org === undefined
      ? { ...known, recorded: recordedAs(change, slots) }
      : { ...known, recorded: 'institution', org };
  };
}

function changeOf(slots: Slots): string {
  return slots['change'] ?? (slots['died'] === undefined ? 'other' : 'death');
}

function recordedAs(change: string, slots: Slots): string {
  if (change === 'death') return slots['died'] === 'head' ? 'head' : 'member';
  return change === 'phone' || change === 'proxy' ? change : 'other';
}

/** The answers that belong to the change, as the agent will read them. */
function told(slots: Slots): CaseWords {
  const { phone, oldphone, area, died } = slots as Partial<
    Record<'phone' | 'oldphone' | 'area' | 'died', string>
  >;
  return {
    ...(phone === undefined ? {} : { phone }),
    ...(oldphone === undefined ? {} : { oldphone }),
    ...(area === undefined ? {} : { area: maskSecrets(area).text }),
    ...(died === undefined ? {} : { died }),
  };
}
