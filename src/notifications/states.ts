/** Where a message can be, and the only ways from there: the one table that every change of state is held to. */
export type MessageState =
  'queued' | 'sending' | 'sent' | 'delivered' | 'read' | 'failed' | 'unknown' | 'cancelled';

/**
 * Delivery reports come twice and in any order, so what they say is ranked and a message only rises: sent, failed,
 * delivered, read. A failure can be overtaken by a delivery (carriers give up too early), never the reverse.
 * From `unknown` nothing leads back to the queue: sending again could double the message.
 */
const next: Readonly<Record<MessageState, readonly MessageState[]>> = {
  queued: ['sending', 'failed', 'cancelled'],
  sending: ['queued', 'sent', 'failed', 'unknown', 'cancelled'],
  unknown: ['sent', 'failed', 'delivered', 'read'],
  sent: ['failed', 'delivered', 'read'],
  failed: ['delivered', 'read'],
  delivered: ['read'],
  read: [],
  cancelled: [],
};

export const messageStates = Object.keys(next) as MessageState[];

/** The states from which `target` may be reached. */
export function sourcesOf(target: MessageState): MessageState[] {
  return messageStates.filter((state) => next[state].includes(target));
}

/** Whether nothing more is awaited for: what `settled_at` records. */
export function isSettled(state: MessageState): boolean {
  return state === 'delivered' || state === 'read' || state === 'failed' || state === 'cancelled';
}
