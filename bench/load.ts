/**
 * The load generator, a process of its own: a number of callers, each of whom dials, waits for every screen, reads it,
 * presses a key and at last hangs up, then is somebody else. Takes jobs from its parent, one at a time.
 */
import { randomBytes } from 'node:crypto';
import http from 'node:http';
import type { Caller } from './callers.ts';
import { BLIND_KEYS, press, WrongAnswer } from './dialog.ts';
import { cpuMicroseconds } from './process-figures.ts';

export type Job = {
  url: string;
  /** The server's process, for the CPU time it takes meanwhile. */
  pid: number;
  /** Dialogs at the same time. */
  atOnce: number;
  callers: Caller[];
  /** The same keys whatever is answered: the server has only one answer. */
  blind: boolean;
  /** Not counted, before `measureMs`. */
  warmUpMs: number;
  measureMs: number;
  /** Ends earlier, after so many dialogs. */
  dialogs?: number;
};

export type Measured = {
  turns: number;
  dialogs: number;
  seconds: number;
  p50: number;
  p99: number;
  cpuPerTurn: number | null;
  /** The first few; any makes the bench fail. */
  wrong: string[];
};

const MAX_TURNS = 12;
const MAX_WRONG = 5;
const TURN_LIMIT_MS = 10_000;

process.on('message', (job: Job) => {
  void perform(job).then(
    (measured) => process.send?.(measured),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    },
  );
});
process.on('disconnect', () => process.exit());
// Ctrl-C is for the parent to act on.
process.on('SIGINT', () => undefined);

async function perform(job: Job): Promise<Measured> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: job.atOnce });
  const target = new URL(job.url);
  const latencies: number[] = [];
  const wrong: string[] = [];
  let dialogs = 0;
  const start = performance.now();
  const countFrom = start + job.warmUpMs;
  const end = countFrom + job.measureMs;
  const counted: { cpuBefore?: number | null } = {};

  const goesOn = () =>
    performance.now() < end && wrong.length < MAX_WRONG && dialogs < (job.dialogs ?? Infinity);

  const turn = async (fields: Record<string, string>): Promise<string> => {
    const before = performance.now();
    const counts = before >= countFrom;
    if (counts && counted.cpuBefore === undefined) counted.cpuBefore = cpuMicroseconds(job.pid);
    const reply = await post(agent, target, new URLSearchParams(fields).toString());
    if (counts) latencies.push(performance.now() - before);
    return reply;
  };

  const dial = async (caller: Caller): Promise<void> => {
    const session = `ATUid_${randomBytes(16).toString('hex')}`;
    const keys: string[] = [];
    while (goesOn()) {
      const reply = await turn({
        sessionId: session,
        serviceCode: '*384*1747#',
        phoneNumber: caller.phone,
        networkCode: '99999',
        text: keys.join('*'),
      });
      const key = job.blind ? blindKey(reply, keys.length) : press(reply, caller, keys);
      if (key === undefined) {
        dialogs += 1;
        return;
      }
      keys.push(key);
      if (keys.length > MAX_TURNS) throw new WrongAnswer('a dialog that does not end');
    }
  };

  // Every line has callers of its own: nobody is on the phone twice at a time.
  const line = async (first: number): Promise<void> => {
    for (let n = first; goesOn(); n = (n + job.atOnce) % job.callers.length) {
      const caller = job.callers[n];
      if (!caller) throw new Error('there are fewer callers than lines');
      try {
        await dial(caller);
      } catch (error) {
        wrong.push(error instanceof Error ? error.message : String(error));
      }
    }
  };

  await Promise.all(Array.from({ length: job.atOnce }, (_, first) => line(first)));
  agent.destroy();
  const seconds = (performance.now() - countFrom) / 1_000;
  const cpuAfter = cpuMicroseconds(job.pid);
  const sorted = Float64Array.from(latencies).sort();
  const turns = sorted.length;
  return {
    turns,
    dialogs,
    seconds,
    p50: percentile(sorted, 0.5),
    p99: percentile(sorted, 0.99),
    cpuPerTurn:
      typeof counted.cpuBefore !== 'number' || cpuAfter === null || turns === 0
        ? null
        : (cpuAfter - counted.cpuBefore) / turns,
    wrong: wrong.slice(0, MAX_WRONG),
  };
}

function blindKey(reply: string, turn: number): string | undefined {
  if (!reply.startsWith('CON ')) throw new WrongAnswer('a reply that does not begin with CON');
  return BLIND_KEYS[turn];
}

function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function post(agent: http.Agent, { hostname, port, pathname }: URL, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = http.request(
      {
        agent,
        hostname,
        port,
        path: pathname,
        method: 'POST',
        timeout: TURN_LIMIT_MS,
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          'content-length': Buffer.byteLength(body),
        },
      },
      (response) => {
        let reply = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => (reply += part));
        response.on('error', reject);
        response.on('end', () => {
          if (response.statusCode === 200) resolve(reply);
          else reject(new WrongAnswer(`HTTP status ${response.statusCode ?? 0}`));
        });
      },
    );
    request.on('timeout', () => {
      request.destroy(new WrongAnswer(`no answer in ${TURN_LIMIT_MS / 1_000} s`));
    });
    request.on('error', reject);
    request.end(body);
  });
}
