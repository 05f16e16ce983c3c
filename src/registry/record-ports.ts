/** Answers "my record": all that is held of a household, by institution, and the note that she asked for it. */
import type { Written } from '../conversation/dialog.ts';
import type { Ports } from '../conversation/ports.ts';
import { recordAudit } from '../privacy/audit.ts';
import { localDate } from '../profiles/calendar.ts';
import type { Profile } from '../profiles/profile.ts';
import { enquire } from './enquiry.ts';
import { withinMonths } from './months.ts';
import type { Enrolment, Registry } from './registry.ts';

export type RecordPorts = Pick<Ports, 'myRecord'>;

/** Statuses whose date is the day on which the benefit ended. */
const OVER: ReadonlySet<Enrolment['status']> = new Set(['ended', 'migrated']);

export function recordPorts({ profile, registry }: { profile: Profile; registry: Registry }): RecordPorts {
  return {
    /** `entries`: a line for each benefit, newest first; another phone reads none, since each has dates. */
    async myRecord(_slots, turn) {
      const { identity, channel, now } = turn;
      if (channel === 'sms') return { outcome: 'private' };
      if (identity === null || identity.level === '1' || identity.proxy)
        throw new Error('a record was asked for without identity');
      if (identity.level === '2u') return { outcome: 'undisclosed' };
      const { household } = identity;
      const found = await enquire(turn, 'STATUS_ENQUIRY', (query) => registry.enrolments(household, query));
      const today = localDate(now, profile.calendar.tz);
      const held = found
        .map((one) => withinMonths(one, profile, today))
        .sort((one, other) => (other.since ?? '').localeCompare(one.since ?? ''));
      await recordAudit(await turn.tx(), {
        actor: 'citizen',
        action: 'record_requested',
        subject: `household:${household}`,
        purpose: 'subject_access',
        details: { person: identity.person, channel, benefits: held.length },
        at: now,
      });
      if (held.length === 0) return { outcome: 'none' };
      return {
        outcome: 'shown',
        d: today,
        entries: held.map((one) => entryOf(one, profile, turn.language)),
        programmes: held.map(({ programme }) => ({ id: programme })),
      };
    },
  };
}

function entryOf(
  { programme, status, since, statusDate }: Enrolment,
  profile: Profile,
  language: string,
): Written {
  const org = profile.programmes[programme]?.institution ?? profile.service_name[language] ?? '';
  const values = { prog: programme, org, st: status };
  if (since === null) return { text: 'rec.entryundated', values };
  if (OVER.has(status) && statusDate !== null)
    return { text: 'rec.entryended', values: { ...values, d: since, d2: statusDate } };
  return { text: 'rec.entry', values: { ...values, d: since } };
}
