/** One USSD session as a gateway holds it: the five-field form with cumulative text, and the event at its end. */

/** `unreadable`: neither CON nor END. `unreachable`: no answer, or not HTTP 200. */
export type Answer = { kind: 'con' | 'end'; text: string } | { kind: 'unreadable' | 'unreachable' };

export type Session = {
  /** Sends what was typed, or nothing for the first turn. */
  turn(input?: string): Promise<Answer>;
  /** Reports the end, as the gateway does whoever caused it. */
  end(status: 'Success' | 'Incomplete' | 'Failed'): void;
  /** Turns so far. */
  steps(): number;
  /** Since the dial, standing still once ended. */
  seconds(): number;
};

type Line = { path: string; serviceCode: string; phone: string };

/** The network code of the gateway's own sandbox. */
const networkCode = '99999';

/** Opens nothing yet: the first `turn` does. */
export function dial({ path, serviceCode, phone }: Line): Session {
  const sessionId = freshSessionId();
  const startedAt = Date.now();
  const inputs: string[] = [];
  let steps = 0;
  let endedAt: number | undefined;
  return {
    turn: async (input) => {
      if (input !== undefined) inputs.push(input);
      steps += 1;
      const form = { sessionId, serviceCode, phoneNumber: phone, networkCode, text: inputs.join('*') };
      try {
        const response = await fetch(path, { method: 'POST', body: new URLSearchParams(form) });
        return response.ok ? read(await response.text()) : { kind: 'unreachable' };
      } catch {
        return { kind: 'unreachable' };
      }
    },
    end: (status) => {
      endedAt = Date.now();
      const form = {
        date: new Date().toISOString(),
        sessionId,
        serviceCode,
        networkCode,
        phoneNumber: phone,
        status,
        cost: '0',
        durationInMillis: String(endedAt - startedAt),
        hopsCount: String(steps),
        input: inputs.join('*'),
      };
      // Keepalive: the report leaves even when the page is being closed. Nobody waits for its answer.
      fetch(`${path}/events`, { method: 'POST', body: new URLSearchParams(form), keepalive: true }).catch(
        () => undefined,
      );
    },
    steps: () => steps,
    seconds: () => Math.floor(((endedAt ?? Date.now()) - startedAt) / 1000),
  };
}

function read(reply: string): Answer {
  const match = /^(CON|END) ?([\s\S]*)$/.exec(reply);
  if (match === null) return { kind: 'unreadable' };
  return { kind: match[1] === 'CON' ? 'con' : 'end', text: match[2] ?? '' };
}

function freshSessionId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `ATUid_${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
