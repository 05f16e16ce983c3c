/** The page's line to the simulator's server: takes a handset, hears what arrives on it, writes from it. */
import type { Handset, HandsetMessage, Refusal, Setup, TypedMessage } from '../protocol.ts';

export type Connection = {
  /** E.164. */
  phone: string;
  /** Resolves to why the message was not sent, or undefined when it was. */
  send(message: TypedMessage): Promise<string | undefined>;
  close(): void;
};

type Listener = { message(message: HandsetMessage): void; lost(lost: boolean): void };

const retryMs = 2_000;

export async function fetchSetup(): Promise<Setup> {
  const response = await fetch('/simulator/setup');
  return (await response.json()) as Setup;
}

/** Throws an Error whose message is the server's sentence when the number is refused. */
export async function connect(number: string, listener: Listener): Promise<Connection> {
  let handset = await take(number);
  let events: EventSource | undefined;
  let closed = false;

  const listen = (): void => {
    events = new EventSource(`/simulator/handsets/${handset.id}/events`);
    events.addEventListener('open', () => {
      listener.lost(false);
    });
    events.addEventListener('message', (event: MessageEvent<string>) => {
      listener.message(JSON.parse(event.data) as HandsetMessage);
    });
    events.addEventListener('error', () => {
      if (closed) return;
      listener.lost(true);
      // Closed, not merely waiting to reconnect: the server was restarted and knows this handset no more.
      if (events?.readyState === EventSource.CLOSED) setTimeout(retake, retryMs);
    });
  };
  const retake = (): void => {
    if (closed) return;
    take(number).then(
      (again) => {
        handset = again;
        if (!closed) listen();
      },
      () => setTimeout(retake, retryMs),
    );
  };

  listen();
  return {
    phone: handset.phone,
    send: async (message) => {
      try {
        await post(`/simulator/handsets/${handset.id}/messages`, message);
        return undefined;
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    },
    close: () => {
      closed = true;
      events?.close();
    },
  };
}

async function take(phone: string): Promise<Handset> {
  return (await post('/simulator/handsets', { phone })) as Handset;
}

async function post(path: string, body: object): Promise<unknown> {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answer: unknown = await response.json();
  if (!response.ok) throw new Error((answer as Refusal).error);
  return answer;
}
