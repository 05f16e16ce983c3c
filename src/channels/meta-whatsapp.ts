/** WhatsApp by Meta's own Cloud API: signed posts in; texts, buttons, lists and approved templates out. */
import type { Channel } from './channel.ts';
import { provider } from './meta-payload.ts';
import { metaRoutes } from './meta-receive.ts';
import type { MetaReceiver } from './meta-receive.ts';
import { sendByMeta } from './meta-send.ts';
import type { MetaSender } from './meta-send.ts';
import { checkMeta } from './meta.ts';

export function metaWhatsApp(options: MetaReceiver & MetaSender): Channel {
  return {
    name: provider,
    channel: 'whatsapp',
    path: '/meta/whatsapp',
    routes: (handlers) => metaRoutes(options, handlers),
    send: (message) => sendByMeta(options, message),
    check: () => checkMeta(options),
  };
}
