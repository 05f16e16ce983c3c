/** Answers the information dialog (dialogs.md D9) from the profile: nobody is identified, nothing is kept. */
import type { Ports } from '../conversation/ports.ts';
import { hoursOn, localDate } from '../profiles/calendar.ts';
import type { Profile, Programme } from '../profiles/profile.ts';

export type InformationPorts = Pick<Ports, 'programmes' | 'information'>;

export function informationPorts({ profile }: { profile: Profile }): InformationPorts {
  const listed = open(profile);
  return {
    programmes() {
      const programmes = listed.map(({ code }) => ({ id: code }));
      return Promise.resolve({ outcome: programmes.length === 1 ? 'one' : 'many', programmes });
    },

    information({ programme }, { now }) {
      const { code } = listed.find((one) => one.code === programme) ?? listed[0] ?? { code: '' };
      const [h1, h2] = hoursOn(localDate(now, profile.calendar.tz), profile.calendar);
      return Promise.resolve({
        outcome: profile.registration_open ? 'open' : 'closed',
        prog: code,
        crit: code,
        place: profile.place,
        h1,
        h2,
      });
    },
  };
}

/** The programmes that one can still join; where all are closing, what there is. */
function open({ programmes }: Profile): Programme[] {
  const all = Object.values(programmes);
  const joinable = all.filter(({ closing }) => !closing);
  return joinable.length === 0 ? all : joinable;
}
