/**
 * The only caller of XState: starts a flow, gives it an event, answers its questions to ports, and stops when a screen
 * shows or the flow is over. Pure transitions, no live actors: nothing can fire, crash or be replayed behind a turn.
 */
import { initialTransition, transition, type AnyMachineSnapshot, type AnyStateMachine } from 'xstate';
import type {
  AskName,
  Context,
  DialogEvent,
  Facts,
  Flow,
  FlowName,
  Meta,
  Screen,
  Slots,
  Tag,
} from './dialog.ts';

/** A settled place in a dialog: JSON, kept between turns. */
export type Place = { flow: FlowName; version: number; value: unknown; context: Context };

/** Where a flow stopped: at a screen, or over (`next` says what follows). */
export type Stop =
  | { over: false; place: Place; screen: Screen; tags: Set<Tag> }
  | { over: true; next: NonNullable<Meta['next']>; slots: Slots; context: Context };

/** Answers a flow's question; a rejection becomes the fact `outcome: unavailable`. */
export type Answer = (ask: AskName, slots: Slots) => Promise<Facts>;

/** More steps than any dialog needs in one turn: a loop in a flow is a fault, not a hang. */
const MAX_STEPS = 20;

/** The parts of an executable spawn action that we use; XState types it without `input`. */
type Spawn = { type: string; params?: { id?: string; src?: string; input?: Slots } };

/** Starts a flow with what is already known; filled slots skip their questions. */
export async function start(flow: Flow, slots: Slots, answer: Answer): Promise<Stop> {
  const [snapshot, actions] = initialTransition(flow.machine as AnyStateMachine, { slots });
  return settle(flow, snapshot, actions, answer);
}

/** Would the flow at this place do anything with this event? */
export function accepts(flow: Flow, place: Place, event: DialogEvent): boolean {
  return restore(flow, place).can(event);
}

/** Does the flow itself answer this event here, by name and not only as any choice (`choose.*`)? */
export function names(flow: Flow, place: Place, event: DialogEvent): boolean {
  return restore(flow, place)._nodes.some((node) => node.transitions.has(event.type));
}

export async function send(flow: Flow, place: Place, event: DialogEvent, answer: Answer): Promise<Stop> {
  const [snapshot, actions] = transition(flow.machine as AnyStateMachine, restore(flow, place), event);
  return settle(flow, snapshot, actions, answer);
}

/** The screen of a place, without moving. Throws when the place is not of this flow: callers check `version` first. */
export function look(flow: Flow, place: Place): { screen: Screen; tags: Set<Tag> } {
  const snapshot = restore(flow, place);
  const screen = screenOf(snapshot);
  if (!screen) throw new Error(`no screen at ${flow.name}:${JSON.stringify(place.value)}`);
  return { screen, tags: snapshot.tags as Set<Tag> };
}

function restore(flow: Flow, place: Place): AnyMachineSnapshot {
  return (flow.machine as AnyStateMachine).resolveState({
    value: place.value as never,
    context: place.context,
  }) as AnyMachineSnapshot;
}

async function settle(
  flow: Flow,
  first: AnyMachineSnapshot,
  firstActions: unknown,
  answer: Answer,
): Promise<Stop> {
  let snapshot = first;
  let actions = firstActions as readonly Spawn[];
  for (let step = 0; step < MAX_STEPS; step++) {
    const question = actions.find((action) => action.type === 'xstate.spawnChild')?.params;
    if (!question) return stop(flow, snapshot);
    const event = await answered(question, answer);
    const [next, nextActions] = transition(flow.machine as AnyStateMachine, snapshot, event as never);
    snapshot = next;
    actions = nextActions as unknown as readonly Spawn[];
  }
  throw new Error(`flow ${flow.name} does not settle at ${JSON.stringify(snapshot.value)}`);
}

async function answered(question: NonNullable<Spawn['params']>, answer: Answer) {
  try {
    const output = await answer(question.src as AskName, question.input ?? {});
    return { type: `xstate.done.actor.${question.id ?? ''}`, output, actorId: question.id };
  } catch (error) {
    if (!(error instanceof CannotTell)) throw error;
    return { type: `xstate.error.actor.${question.id ?? ''}`, error, actorId: question.id };
  }
}

/**
 * A port cannot tell now (registry slow or down). The flow goes on with `outcome: unavailable`. Any other failure of a
 * port fails the turn: nothing of it is stored, and the citizen may repeat it.
 */
export class CannotTell extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CannotTell';
  }
}

function stop(flow: Flow, snapshot: AnyMachineSnapshot): Stop {
  const context = snapshot.context as Context;
  if (snapshot.status === 'done') {
    const meta = metaOf(snapshot);
    const carried = Object.fromEntries(
      (meta.carry ?? []).flatMap((name) => {
        const value = context.slots[name];
        return value === undefined ? [] : [[name, value]];
      }),
    );
    return { over: true, next: meta.next ?? 'home', slots: { ...carried, ...meta.set }, context };
  }
  const screen = screenOf(snapshot);
  if (!screen) throw new Error(`no screen at ${flow.name}:${JSON.stringify(snapshot.value)}`);
  return {
    over: false,
    place: { flow: flow.name, version: flow.version, value: snapshot.value, context },
    screen,
    tags: snapshot.tags as Set<Tag>,
  };
}

function metaOf(snapshot: AnyMachineSnapshot): Meta {
  const metas = Object.values(snapshot.getMeta() as Record<string, Meta>);
  return metas.reduce<Meta>((all, meta) => ({ ...all, ...meta }), {});
}

function screenOf(snapshot: AnyMachineSnapshot): Screen | undefined {
  const { screen, screens } = metaOf(snapshot);
  if (!screens) return screen;
  const by = (snapshot.context as Context).facts[screens.by];
  return (typeof by === 'string' ? screens.cases[by] : undefined) ?? screens.otherwise;
}
