/** How a complaint dialog asks the registry: within the time a screen has, and saying why. */
import type { TurnContext } from '../conversation/ports.ts';
import { CannotTell } from '../conversation/run.ts';
import { RegistryUnavailable, type Query } from '../registry/registry.ts';

/** The registry's share of the two seconds a screen has (dialogs.md R5). */
const REGISTRY_MS = 1_500;

/** Asks the registry; rejects with CannotTell when it does not answer in time. Ask before the turn's transaction. */
export async function askRegistry<T>(turn: TurnContext, ask: (query: Query) => Promise<T>): Promise<T> {
  const signal = AbortSignal.any([turn.signal, AbortSignal.timeout(REGISTRY_MS)]);
  try {
    return await ask({ purpose: 'GRIEVANCE_INTAKE', signal });
  } catch (error) {
    if (error instanceof RegistryUnavailable || signal.aborted) {
      throw new CannotTell('the registry did not answer', { cause: error });
    }
    throw error;
  }
}

/** As `askRegistry`, for what a case can do without. */
export async function askRegistryIfUp<T>(
  turn: TurnContext,
  ask: (query: Query) => Promise<T>,
): Promise<T | undefined> {
  try {
    return await askRegistry(turn, ask);
  } catch (error) {
    if (error instanceof CannotTell) return undefined;
    throw error;
  }
}
