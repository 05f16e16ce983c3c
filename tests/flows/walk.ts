/** Walks a flow's statechart: every screen that any sequence of choices, answers and port outcomes can reach. */
import type { AskName, DialogEvent, Facts, Flow, Screen } from '../../src/conversation/dialog.ts';
import { accepts, CannotTell, send, start, type Place, type Stop } from '../../src/conversation/run.ts';

/** What a port may answer; `'unavailable'` stands for CannotTell. */
export type Samples = Record<AskName, readonly (Facts | 'unavailable')[]>;

export type Visit = { place: Place; screen: Screen };
export type Walked = { visits: Visit[]; overs: Extract<Stop, { over: true }>[] };

const ANSWERS: Record<string, string> = {
  last4: '0427',
  year: '1980',
  area: '1203',
  document: '000012340427',
  reference: '48217735',
  phone: '+96170000002',
  amount: '120',
  text: 'The agent asked me for money',
};

/** Port outcomes are tried in every combination of one turn (a turn asks at most a few). */
export async function walk(
  flow: Flow,
  samples: Samples,
  startingSlots: readonly Record<string, string>[],
): Promise<Walked> {
  const visits = new Map<string, Visit>();
  const overs = new Map<string, Extract<Stop, { over: true }>>();
  const waiting: Visit[] = [];
  const note = (stop: Stop) => {
    if (stop.over) {
      overs.set(JSON.stringify([stop.next, stop.slots]), stop);
      return;
    }
    const key = JSON.stringify([
      stop.place.value,
      stop.screen.text,
      Object.keys(stop.place.context.slots),
      outcomeOf(stop.place),
    ]);
    if (visits.has(key)) return;
    const visit = { place: stop.place, screen: stop.screen };
    visits.set(key, visit);
    waiting.push(visit);
  };
  for (const slots of startingSlots) await explore(samples, (answer) => start(flow, slots, answer), note);
  for (let visit = waiting.shift(); visit; visit = waiting.shift()) {
    for (const event of eventsOf(visit)) {
      const { place } = visit;
      if (accepts(flow, place, event))
        await explore(samples, (answer) => send(flow, place, event, answer), note);
    }
  }
  return { visits: [...visits.values()], overs: [...overs.values()] };
}

/** The events that a person can cause at this screen. */
export function eventsOf({ screen, place }: Visit): DialogEvent[] {
  const list = screen.list ? (place.context.facts[screen.list] as { id: string }[]) : [];
  const zero = screen.zero === 'skip' || screen.zero === 'later' ? [screen.zero] : [];
  const ids = [...(screen.choices ?? []), ...(screen.extended ?? []), ...list].map(({ id }) => id);
  return [
    ...[...ids, ...zero, ...(screen.more ? ['more'] : []), 'call'].map(
      (id) => ({ type: `choose.${id}` }) as const,
    ),
    ...(screen.ask ? [{ type: 'answer', value: ANSWERS[screen.ask.kind] ?? '' } as const] : []),
  ];
}

function outcomeOf(place: Place): unknown {
  const { outcome, status, recorded, lodged, second, offer, children } = place.context.facts;
  return [outcome, status, recorded, lodged, second, offer, children];
}

/** Runs a turn once for each combination of answers that its questions may get. */
async function explore(
  samples: Samples,
  turn: (answer: (ask: AskName) => Promise<Facts>) => Promise<Stop>,
  note: (stop: Stop) => void,
): Promise<void> {
  const scripts: number[][] = [[]];
  for (let script = scripts.pop(); script; script = scripts.pop()) {
    const current = script;
    let asked = 0;
    const stop = await turn((ask) => {
      const options = samples[ask];
      const choice = current[asked];
      if (choice === undefined) {
        const known = [...current, ...Array<number>(asked - current.length).fill(0)].slice(0, asked);
        for (let other = 1; other < options.length; other++) scripts.push([...known, other]);
      }
      asked += 1;
      const answer = options[choice ?? 0] ?? {};
      return answer === 'unavailable' ? Promise.reject(new CannotTell('sample')) : Promise.resolve(answer);
    });
    note(stop);
  }
}
