/** Answers the information dialog (dialogs.md D9) from the profile: nobody is identified, nothing is kept. */
import type { Ports } from '../conversation/ports.ts';
import { hoursOn, localDate } from '../profiles/calendar.ts';
import { amountOfArea } from '../profiles/amount.ts';
import { officeFor, type Profile, type Programme } from '../profiles/profile.ts';
import { recordAudit } from '../privacy/audit.ts';
import { enquire } from './enquiry.ts';
import type { Registry } from './registry.ts';
import type { ConsentOf } from './status-ports.ts';

export type InformationPorts = Pick<
  Ports,
  'programmes' | 'information' | 'informationBySms' | 'amountInArea' | 'nearestOffice'
>;

export type InformationDeps = {
  profile: Profile;
  registry: Pick<Registry, 'file'>;
  consentOf: ConsentOf;
  /** The question that she says yes to, in this language. */
  words: (language: string, programme: string) => string;
};

export function informationPorts({ profile, registry, consentOf, words }: InformationDeps): InformationPorts {
  const listed = open(profile);
  const wanted = (programme: string | undefined) =>
    listed.find(({ code }) => code === programme) ?? listed[0];
  return {
    programmes() {
      const programmes = listed.map(({ code }) => ({ id: code }));
      return Promise.resolve({ outcome: programmes.length === 1 ? 'one' : 'many', programmes });
    },

    information({ programme }, { now, phone }) {
      const { code, by_sms: isSent = false, amount_by_area: lines } = wanted(programme) ?? {};
      const [h1, h2] = hoursOn(localDate(now, profile.calendar.tz), profile.calendar);
      return Promise.resolve({
        outcome: profile.registration_open ? 'open' : 'closed',
        ...offered(lines !== undefined, isSent && phone !== null),
        prog: code ?? '',
        crit: code ?? '',
        place: profile.place,
        h1,
        h2,
      });
    },

    amountInArea({ programme, area = '' }) {
      const { code = '', amount_by_area: lines = {} } = wanted(programme) ?? {};
      const amount = amountOfArea(lines, area);
      if (amount === undefined) return Promise.resolve({ outcome: 'unknown' });
      return Promise.resolve({
        outcome: 'found',
        prog: code,
        area,
        amt: { amount, currency: profile.currency },
      });
    },

    async nearestOffice(_slots, turn) {
      const { identity } = turn;
      if (identity?.level !== '2') return {};
      const file = await enquire(turn, 'STATUS_ENQUIRY', (query) => registry.file(identity.household, query));
      const { name, hours } = officeFor(profile, file?.state.area ?? null);
      const [h1, h2] = hours;
      return { place: name, h1, h2 };
    },

    /** Her yes is kept with its words; on one day the same is sent to her once. */
    async informationBySms({ programme }, turn) {
      const { code, by_sms: isSent } = wanted(programme) ?? {};
      if (code === undefined || !isSent || turn.phone === null || (await consentOf(turn)) === 'none')
        return { outcome: 'refused' };
      const today = localDate(turn.now, profile.calendar.tz);
      await recordAudit(await turn.tx(), {
        actor: 'citizen',
        action: 'information_asked',
        subject: `contact:${turn.contact}`,
        details: {
          programme: code,
          language: turn.language,
          channel: turn.channel,
          words: words(turn.language, code),
        },
        at: turn.now,
      });
      await turn.notify({
        text: 'sms.inf.who',
        values: { prog: code },
        kind: 'answer',
        key: `inf.who:${turn.contact}:${code}:${today}`,
      });
      return { outcome: 'sent' };
    },
  };
}

/** What is different from place to place comes before what can be sent: a screen has room for one of them. */
function offered(byArea: boolean, bySms: boolean): { offer?: 'sms' | 'area' } {
  if (byArea) return { offer: 'area' };
  return bySms ? { offer: 'sms' } : {};
}

/** The programmes that one can still join; where all are closing, what there is. */
function open({ programmes }: Profile): Programme[] {
  const all = Object.values(programmes);
  const joinable = all.filter(({ closing }) => !closing);
  return joinable.length === 0 ? all : joinable;
}
