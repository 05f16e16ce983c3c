/** A phone to try the service with, on a page: real USSD callbacks, and SMS and WhatsApp channels of its own. */
import { Router } from 'express';
import type { Channel, Handlers } from '../channels/channel.ts';
import { simulatorChannel } from './channels.ts';
import { handsets } from './handsets.ts';
import { pageFiles } from './page-files.ts';
import type { DemoPerson, Setup } from './protocol.ts';
import { handsetRoutes } from './routes.ts';

type SimulatorOptions = {
  /** The secret path segment of the callbacks; the page posts its USSD turns there. */
  webhookToken: string;
  /** What to dial, e.g. `*384*1747#`. */
  serviceCode: string;
  /** By language code. */
  serviceName: Record<string, string>;
  /** Suggested on the page, in this order; the first one is chosen at the start. May be empty. */
  people: readonly DemoPerson[];
  handlers: Handlers;
  /** The service's own number, to which an SMS of the page is written. */
  smsNumber: string;
};

/**
 * For development only: whoever reaches the page can speak as any number. The router is made for the mount path
 * `/simulator`. `channels` send to the inboxes of this process, so they belong in the process that serves the page.
 */
export function simulator(options: SimulatorOptions): { router: Router; channels: Channel[] } {
  const { webhookToken, serviceCode, serviceName, people, handlers, smsNumber } = options;
  const held = handsets();
  const setup: Setup = {
    serviceCode,
    serviceName,
    smsNumber,
    ussdPath: `/webhooks/${encodeURIComponent(webhookToken)}/africastalking/ussd`,
    people,
  };
  const router = Router();
  router.use(pageFiles());
  router.get('/setup', (_req, res) => {
    res.json(setup);
  });
  router.use(handsetRoutes({ held, handlers, smsNumber }));
  return {
    router,
    channels: (['sms', 'whatsapp'] as const).map((channel) => simulatorChannel(channel, held, handlers)),
  };
}
