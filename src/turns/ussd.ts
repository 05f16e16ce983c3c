/** A USSD turn: what is new in the gateway's cumulative text, the screen's page, and the stored reply when it asks again. */
import { createHash } from 'node:crypto';
import type { UssdReply, UssdTurn } from '../channels/channel.ts';
import type { Input } from '../conversation/input.ts';
import { maskSecrets } from '../conversation/secrets.ts';
import type { Texts } from '../render/texts.ts';
import { renderUssd } from '../render/render.ts';
import type { UssdLimits } from '../render/ussd.ts';
import type { State } from './conversations.ts';
import type { Person, Turning } from './turn.ts';

type UssdDeps = { texts: Texts; limits: UssdLimits };

export function ussdTurning(deps: UssdDeps, person: Person, turn: UssdTurn): Turning<UssdReply> {
  return {
    person,
    fresh: turn.text === '',
    read: (state) => newInput(state?.ussd ?? null, turn),
    reply: (taken, before, language) => {
      const pages = renderUssd(taken.shown, language, deps.texts, deps.limits);
      const page = Math.min(taken.shown.page, pages.length - 1);
      const isLast = page === pages.length - 1;
      const label = taken.place && taken.place.flow !== 'private' ? taken.place.flow : undefined;
      const text = pages[page] ?? '';
      const answer: UssdReply = { text, end: taken.ended && isLast, ...(label ? { label } : {}) };
      const typed = newInput(before?.ussd ?? null, turn);
      const input = 'input' in typed && typed.input.kind === 'text' ? typed.input.text : '';
      return {
        answer,
        ussd: { id: turn.sessionId, typed: typedSoFar(turn.text), reply: answer },
        pages: pages.length,
        sessionId: turn.sessionId,
        said: [
          ...(input === ''
            ? []
            : [
                {
                  direction: 'in' as const,
                  content: kept(input, before),
                  screen: before?.session.here?.flow ?? null,
                },
              ]),
          {
            direction: 'out',
            content: text,
            screen: taken.place?.flow ?? null,
            done: answer.end || taken.session.served,
          },
        ],
      };
    },
  };
}

/**
 * The newest input (channels.md A.1). The same text again, or an older one, is a repeated request: it gets the reply it
 * had. A user may type `*`, so only the suffix of what is known counts. Any other text of a session that is not
 * known here is a dial: there are no direct-dial shortcuts.
 */
export function newInput(
  known: State['ussd'],
  turn: Pick<UssdTurn, 'sessionId' | 'text'>,
): { repeated: UssdReply } | { input: Input } {
  if (known?.id !== turn.sessionId) return { input: { kind: 'dial' } };
  const { length, digest } = known.typed;
  const goesOn = turn.text.length > length && typedSoFar(turn.text.slice(0, length)).digest === digest;
  if (known.reply.end || !goesOn) return { repeated: known.reply };
  if (length === 0) return { input: { kind: 'text', text: turn.text } };
  if (turn.text[length] !== '*') return { repeated: known.reply };
  return { input: { kind: 'text', text: turn.text.slice(length + 1) } };
}

/** All that was typed in a session, as far as it must be known again: it holds identity answers. */
function typedSoFar(text: string): { length: number; digest: string } {
  return { length: text.length, digest: createHash('sha256').update(text).digest('base64') };
}

/** What the record may keep of an input: identity answers are masked, and so is any long number. */
function kept(input: string, before: State | null): string {
  return before?.session.secret ? '•'.repeat(Math.min(input.length, 12)) : maskSecrets(input).text;
}
