/** How a household was found, sealed, in the session store: the digits she typed herself, no answer of the registry. */
import type { Keys } from '../../privacy/keys.ts';
import { objectOf, textOf } from './json.ts';

export type Found = { by: 'phone' | 'document'; value: string };

/** As the session store has it: a cache, which may lose anything. */
export type HandleStore = {
  get(key: string): Promise<Buffer | undefined>;
  set(key: string, value: Buffer): void;
};

export type Handles = {
  write(household: string, found: Found): void;
  read(household: string): Promise<Found | undefined>;
};

/** As long as identity lasts in a silent chat (conversation/take.ts); each use begins it anew. */
const KEPT_MS = 600_000;
const CONTEXT = 'registry.handle';

export function handles(store: HandleStore, keys: Keys, now: () => Date): Handles {
  const nameOf = (household: string) => `registry:${household}`;
  const write: Handles['write'] = (household, found) => {
    const until = now().getTime() + KEPT_MS;
    store.set(nameOf(household), keys.sealJson('personal', { ...found, until }, CONTEXT));
  };
  return {
    write,
    async read(household) {
      const sealed = await store.get(nameOf(household));
      if (!sealed) return undefined;
      const said = objectOf(keys.openJson('personal', sealed, CONTEXT));
      const value = textOf(said['value']);
      const by = said['by'];
      if (value === null || (by !== 'phone' && by !== 'document')) return undefined;
      if (Number(said['until']) < now().getTime()) return undefined;
      write(household, { by, value });
      return { by, value };
    },
  };
}
