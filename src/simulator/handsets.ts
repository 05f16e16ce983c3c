/** The phones of the simulator: who has which, what lies in each inbox, and which open pages look at it. */
import { randomUUID } from 'node:crypto';
import type { HandsetMessage } from './protocol.ts';

type Held = {
  id: string;
  phone: string;
  messages: HandsetMessage[];
  watchers: Set<(m: HandsetMessage) => void>;
};

export type Handsets = {
  /** The handset of a number; the same one each time, until it had to make room. */
  open(phone: string): string;
  phoneOf(id: string): string | undefined;
  /** Keeps the message and shows it to every page that watches. */
  put(phone: string, message: HandsetMessage): void;
  /** Hands over what lies in the inbox after message `after` (all of it by default), then what comes; undoes itself. */
  watch(id: string, hear: (message: HandsetMessage) => void, after?: string): () => void;
};

/** Memory only: a restart empties the phones, as nothing personal is to outlive a demonstration. */
export function handsets(limits = { phones: 200, messages: 50 }): Handsets {
  const byPhone = new Map<string, Held>();
  const byId = new Map<string, Held>();

  const take = (phone: string): Held => {
    const held = byPhone.get(phone) ?? { id: randomUUID(), phone, messages: [], watchers: new Set() };
    // Re-inserted, so that the map's order is the order of last use.
    byPhone.delete(phone);
    byPhone.set(phone, held);
    byId.set(held.id, held);
    if (byPhone.size > limits.phones) drop();
    return held;
  };

  const drop = (): void => {
    const all = [...byPhone.values()];
    const oldest = all.find((held) => held.watchers.size === 0) ?? all[0];
    if (oldest === undefined) return;
    byPhone.delete(oldest.phone);
    byId.delete(oldest.id);
  };

  return {
    open: (phone) => take(phone).id,
    phoneOf: (id) => byId.get(id)?.phone,
    put: (phone, message) => {
      const held = take(phone);
      held.messages.push(message);
      if (held.messages.length > limits.messages) held.messages.shift();
      for (const hear of held.watchers) hear(message);
    },
    watch: (id, hear, after) => {
      const held = byId.get(id);
      if (held === undefined) return () => undefined;
      const seen = held.messages.findIndex((message) => message.id === after);
      for (const message of held.messages.slice(seen + 1)) hear(message);
      held.watchers.add(hear);
      return () => held.watchers.delete(hear);
    },
  };
}
