/** Answers the information dialog (dialogs.md D9) from the profile: nobody is identified, nothing is kept. */
import type { Ports } from '../conversation/ports.ts';
import { hoursOn, localDate } from '../profiles/calendar.ts';
import type { Profile, Programme } from '../profiles/profile.ts';
import { recordAudit } from '../privacy/audit.ts';
import type { ConsentOf } from './status-ports.ts';

export type InformationPorts = Pick<Ports, 'programmes' | 'information' | 'informationBySms'>;

export type InformationDeps = {
  profile: Profile;
  consentOf: ConsentOf;
  /** The question that she says yes to, in this language. */
  words: (language: string, programme: string) => string;
};

export function informationPorts({ profile, consentOf, words }: InformationDeps): InformationPorts {
  const listed = open(profile);
  const wanted = (programme: string | undefined) =>
    listed.find(({ code }) => code === programme) ?? listed[0];
  return {
    programmes() {
      const programmes = listed.map(({ code }) => ({ id: code }));
      return Promise.resolve({ outcome: programmes.length === 1 ? 'one' : 'many', programmes });
    },

    information({ programme }, { now, phone }) {
      const { code, by_sms: isSent = false } = wanted(programme) ?? {};
      const [h1, h2] = hoursOn(localDate(now, profile.calendar.tz), profile.calendar);
      return Promise.resolve({
        outcome: profile.registration_open ? 'open' : 'closed',
        ...(isSent && phone !== null ? { offer: 'sms' } : {}),
        prog: code ?? '',
        crit: code ?? '',
        place: profile.place,
        h1,
        h2,
      });
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

/** The programmes that one can still join; where all are closing, what there is. */
function open({ programmes }: Profile): Programme[] {
  const all = Object.values(programmes);
  const joinable = all.filter(({ closing }) => !closing);
  return joinable.length === 0 ? all : joinable;
}
