/** The simulator as a carrier: an SMS and a WhatsApp channel that deliver to the phones on the page. */
import { randomUUID } from 'node:crypto';
import type { Channel, Handlers, OutboundContent } from '../channels/channel.ts';
import type { Handsets } from './handsets.ts';
import type { HandsetMessage, MessageChannel, Option } from './protocol.ts';

/** Long enough for the sender to have stored the provider's id, which the delivery report names. */
const deliveryMs = 400;

/** Provider name of a channel, in messages both ways. */
export function providerOf(channel: MessageChannel): `simulator-${MessageChannel}` {
  return `simulator-${channel}`;
}

export function simulatorChannel(channel: MessageChannel, held: Handsets, handlers: Handlers): Channel {
  const provider = providerOf(channel);
  return {
    name: provider,
    channel,
    send: ({ to, content }) => {
      const id = randomUUID();
      held.put(to, { id, channel, from: 'service', at: new Date().toISOString(), ...shown(content) });
      setTimeout(() => {
        const receipt = { provider, providerId: id, state: 'delivered', raw: 'delivered' } as const;
        // As at a real carrier, a report that the service cannot take now is lost.
        handlers.receipt(receipt).catch(() => undefined);
      }, deliveryMs).unref();
      return Promise.resolve({ providerId: id });
    },
  };
}

function shown(content: OutboundContent): Pick<HandsetMessage, 'text' | 'buttons' | 'list'> {
  switch (content.kind) {
    case 'text':
      return { text: content.body };
    case 'buttons':
      return { text: content.body, buttons: content.buttons.map(option) };
    case 'list':
      return { text: content.body, list: { button: content.button, rows: content.rows.map(option) } };
    case 'template':
      return { text: content.fallback };
  }
}

function option({ id, title, description }: Option): Option {
  return { id, title, ...(description !== undefined && { description }) };
}
