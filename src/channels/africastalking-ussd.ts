/** Africa's Talking USSD: turns arrive as forms, screens leave as `CON ` or `END ` text, and every turn gets HTTP 200. */
import { Router } from 'express';
import type { Response } from 'express';
import type { Channel, Handlers, UssdReply, UssdSessionEnd, UssdTurn } from './channel.ts';
import { answerWithin } from './failures.ts';
import { field, readForm } from './form.ts';
import type { Form } from './form.ts';
import { parsePhone } from './phone.ts';

const provider = 'africastalking-ussd';

const refusalDeadlineMs = 1_000;

/** Said only when not even the refusal text can be had; plain ASCII, so that every handset shows it. */
const lastWords = 'Service unavailable, please try again later. Service indisponible, reessayez plus tard.';

export type AfricasTalkingUssdOptions = {
  /** ISO 3166 alpha-2; completes numbers that come without a country code. */
  defaultCountry?: string | undefined;
  /** The gateway hangs up after 10 s: answering a little earlier leaves the citizen with a sentence instead. */
  turnDeadlineMs?: number;
};

/** Network codes are passed on and never checked: the provider adds operators without notice. */
export function africasTalkingUssd(options: AfricasTalkingUssdOptions = {}): Channel {
  const { defaultCountry, turnDeadlineMs = 8_000 } = options;
  return {
    name: provider,
    channel: 'ussd',
    path: '/africastalking/ussd',
    routes: (handlers) =>
      Router()
        .post(
          '/',
          readForm(async (form, _req, res) => {
            const turn = form === undefined ? undefined : readTurn(form, defaultCountry);
            answer(res, await reply(handlers, turn ?? { refuse: 'request' }, turnDeadlineMs));
          }),
        )
        .post(
          '/events',
          readForm(async (form, _req, res) => {
            const end = form === undefined ? undefined : readEnd(form, defaultCountry);
            // Nobody repeats an event: a failure to keep it is the service's to log, and not the gateway's business.
            if (end !== undefined) await handlers.ussdEnd(end).catch(() => undefined);
            res.type('text/plain').send('OK');
          }),
        ),
  };
}

type Refused = { refuse: 'phone' | 'request'; phone?: string };

function readTurn(form: Form, defaultCountry: string | undefined): UssdTurn | Refused {
  const sessionId = field(form, 'sessionId')?.trim();
  const phoneNumber = field(form, 'phoneNumber');
  const serviceCode = field(form, 'serviceCode')?.trim();
  const text = field(form, 'text');
  const networkCode = field(form, 'networkCode')?.trim();
  const phone = phoneNumber === undefined ? undefined : parsePhone(phoneNumber, defaultCountry);
  if (!isSessionId(sessionId) || phoneNumber === undefined || !serviceCode || text === undefined)
    return { refuse: 'request', ...(phone !== undefined && { phone }) };
  if (phone === undefined) return { refuse: 'phone' };
  return { provider, sessionId, phone, serviceCode, text, ...(networkCode && { networkCode }) };
}

/** Opaque, but short and without control characters: it becomes a key in stores and logs. */
function isSessionId(value: string | undefined): value is string {
  return value !== undefined && /^\P{Cc}{1,128}$/u.test(value);
}

async function reply(handlers: Handlers, turn: UssdTurn | Refused, deadlineMs: number): Promise<UssdReply> {
  if ('refuse' in turn) return refusal(handlers, turn);
  try {
    const screen = await answerWithin(deadlineMs, handlers.ussd(turn));
    if (screen.text.trim() !== '') return screen;
  } catch {
    // The service logs its own failures; whoever holds the phone still needs a last line.
  }
  return refusal(handlers, { refuse: 'request', phone: turn.phone });
}

async function refusal(handlers: Handlers, { refuse, phone }: Refused): Promise<UssdReply> {
  try {
    const screen = await answerWithin(refusalDeadlineMs, handlers.ussdRefusal(refuse, phone));
    if (screen.text.trim() !== '') return { ...screen, end: true };
  } catch {
    // Falls through to the words that need nothing.
  }
  return { text: lastWords, end: true };
}

function answer(res: Response, { text, end, label }: UssdReply): void {
  const step = hopLabel(label ?? '');
  if (step !== '') res.set('at-ussd-hop-metadata', step);
  res.type('text/plain').send(`${end ? 'END' : 'CON'} ${text}`);
}

/** At most 99 printable ASCII characters without `|`, which the gateway uses to join the labels of a session. */
function hopLabel(label: string): string {
  return label
    .replace(/[^\x20-\x7e]/g, '')
    .replaceAll('|', '-')
    .trim()
    .slice(0, 99);
}

const outcomes = new Map<string, UssdSessionEnd['outcome']>([
  ['success', 'completed'],
  ['incomplete', 'dropped'],
  ['failed', 'failed'],
]);

/** Leaves out `input` and `lastAppResponse`: they repeat what the citizen typed and read. */
function readEnd(form: Form, defaultCountry: string | undefined): UssdSessionEnd | undefined {
  const sessionId = field(form, 'sessionId')?.trim();
  const phone = parsePhone(field(form, 'phoneNumber') ?? '', defaultCountry);
  const outcome = outcomes.get((field(form, 'status') ?? '').trim().toLowerCase());
  if (!isSessionId(sessionId) || phone === undefined || outcome === undefined) return undefined;
  const durationMs = wholeNumber(field(form, 'durationInMillis'));
  const hops = wholeNumber(field(form, 'hopsCount'));
  const error = field(form, 'errorMessage')?.trim().slice(0, 200);
  return {
    provider,
    sessionId,
    phone,
    outcome,
    ...(durationMs !== undefined && { durationMs }),
    ...(hops !== undefined && { hops }),
    ...(outcome === 'failed' && error && { error }),
  };
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*\d{1,9}\s*$/.test(text) ? Number(text) : undefined;
}
