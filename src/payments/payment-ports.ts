/** Answers the payment dialog (dialogs.md D4): how much, when and where, and her word on what arrived. */
import type { Ports, TurnContext } from '../conversation/ports.ts';
import type { Identity } from '../conversation/session.ts';
import { hoursOn, localDate } from '../profiles/calendar.ts';
import { payDay } from '../profiles/pay-days.ts';
import { officeFor, type Profile } from '../profiles/profile.ts';
import { enquire } from '../registry/enquiry.ts';
import type { Payment, Registry } from '../registry/registry.ts';
import { mayBeTold, type ConsentOf } from '../registry/status-ports.ts';
import { recordReceipt, type OpenCase } from './confirmation.ts';
import { inOrder, isReceivable, type Asked, type Told } from './payment-facts.ts';
import { tellTogether, together, type Group } from './together.ts';

export type PaymentDeps = {
  profile: Profile;
  registry: Registry;
  consentOf: ConsentOf;
  openCase: OpenCase;
  /** Told when the registry says something that cannot be shown: `payment`, a status; `amount`, one missing or zero. */
  unmapped?: (kind: string) => void;
};

export type PaymentPorts = Pick<Ports, 'payment' | 'nextInLine' | 'payPoint' | 'confirmReceipt'>;

export function paymentPorts({
  profile,
  registry,
  consentOf,
  openCase,
  unmapped,
}: PaymentDeps): PaymentPorts {
  const asked = (turn: TurnContext): Asked => ({ profile, now: turn.now, unmapped });

  const lineOf = async (
    turn: TurnContext,
    { household }: Identity,
    programme: string | undefined,
  ): Promise<Group[]> => {
    const found = await enquire(turn, 'PAYMENT_ENQUIRY', (query) => registry.payments(household, query));
    const wanted = found.filter((payment) => programme === undefined || payment.programme === programme);
    const dated = await onPayDays(turn, household, wanted);
    return together(inOrder(dated, asked(turn)), asked(turn));
  };

  /** Where the registry names no day, the calendar of the profile does. */
  const onPayDays = async (
    turn: TurnContext,
    household: string,
    payments: readonly Payment[],
  ): Promise<readonly Payment[]> => {
    const { payment_calendar: days } = profile;
    const isOpen = ({ status, from, period }: Payment) =>
      status === 'scheduled' && from === null && period !== null && days?.months[period] !== undefined;
    if (!payments.some(isOpen)) return payments;
    const file = await enquire(turn, 'PAYMENT_ENQUIRY', (query) => registry.file(household, query));
    const digit = file?.state.payDigit;
    if (digit === undefined) return payments;
    return payments.map((payment) =>
      isOpen(payment) ? { ...payment, from: payDay(profile, payment.period ?? '', digit) ?? null } : payment,
    );
  };

  const officeOf = async (turn: TurnContext, { household }: Identity) => {
    const file = await enquire(turn, 'PAYMENT_ENQUIRY', (query) => registry.file(household, query));
    return officeFor(profile, file?.state.area ?? null);
  };

  const told = async (turn: TurnContext, identity: Identity, group: Group): Promise<Told> => {
    const place = group[0].place ?? (await officeOf(turn, identity)).name;
    return tellTogether(group, place, asked(turn));
  };

  /** What is at this place of the line, and whether others come after it. */
  const at = async (turn: TurnContext, identity: Identity, line: readonly Group[], index: number) => {
    const group = line[index];
    if (!group) return { outcome: 'none', further: false };
    return { ...(await told(turn, identity, group)), further: line.length > index + 1 };
  };

  /** A text message tells of money that is ready, to who agreed to that; everything else by the service code. */
  const byMessage = async (turn: TurnContext, line: readonly Group[]) => {
    const { identity } = turn;
    const [first] = line;
    if (!identity || !first || !mayBeTold(profile, await consentOf(turn))) return { outcome: 'private' };
    const facts = await told(turn, identity, first);
    if (facts.outcome !== 'ready') return { outcome: 'private' };
    const today = localDate(turn.now, profile.calendar.tz);
    return { ...facts, outcome: 'text', d: first[0].from ?? today, d2: first[0].until };
  };

  return {
    async payment({ programme, want }, turn) {
      const { identity } = turn;
      if (turn.channel === 'sms') {
        return byMessage(turn, identity ? await lineOf(turn, identity, programme) : []);
      }
      const reader = readerOf(turn);
      if (reader === 'undisclosed') return { outcome: 'undisclosed' };
      const line = await lineOf(turn, reader, programme);
      if (want !== 'confirm') return at(turn, reader, line, 0);
      const index = line.findIndex((group) =>
        isReceivable(tellTogether(group, '', { profile, now: turn.now })),
      );
      return at(turn, reader, line, index < 0 ? line.length : index);
    },

    async nextInLine({ programme, payment }, turn) {
      const reader = readerOf(turn);
      if (reader === 'undisclosed') return { outcome: 'undisclosed' };
      const line = await lineOf(turn, reader, programme);
      const index = line.findIndex((group) => group.some(({ reference }) => reference === payment));
      return at(turn, reader, line, index + 1);
    },

    async payPoint({ programme }, turn) {
      const reader = readerOf(turn);
      if (reader === 'undisclosed') return { outcome: 'undisclosed' };
      const line = await lineOf(turn, reader, programme);
      const shown = await at(turn, reader, line, 0);
      if (shown.outcome !== 'ready') return shown;
      const office = await officeOf(turn, reader);
      const today = hoursOn(localDate(turn.now, profile.calendar.tz), profile.calendar);
      // Of a place that only the payment file names, no other hours are known than those of every day.
      const [h1, h2] = line[0]?.[0].place === null ? office.hours : today;
      return { ...shown, outcome: 'found', h1, h2 };
    },

    async confirmReceipt(slots, turn) {
      const reader = readerOf(turn);
      if (reader === 'undisclosed') throw new Error('a payment was confirmed from a phone that is not hers');
      return recordReceipt(slots, turn, reader, openCase);
    },
  };
}

/** Who may see a payment: she or her proxy on the registered phone; on another one nobody sees amounts. */
function readerOf({ identity }: TurnContext): Identity | 'undisclosed' {
  if (identity?.level === '2') return identity;
  if (identity?.level === '2u') return 'undisclosed';
  throw new Error('a payment was asked for without identity');
}
