/** The provider products that a configuration has credentials for. A new product is one file in channels/ and one line here. */
import { africasTalkingSms } from './channels/africastalking-sms.ts';
import { africasTalkingUssd } from './channels/africastalking-ussd.ts';
import type { Channel } from './channels/channel.ts';
import type { ContentStore } from './channels/twilio-content.ts';
import type { MediaFetcher } from './channels/media.ts';
import { metaMedia } from './channels/meta-media.ts';
import { metaWhatsApp } from './channels/meta-whatsapp.ts';
import { twilioMedia } from './channels/twilio-media.ts';
import { twilioSms } from './channels/twilio-sms.ts';
import { twilioStatus } from './channels/twilio-status.ts';
import { twilioWhatsApp } from './channels/twilio-whatsapp.ts';
import type { Config } from './config.ts';
import type { Deployment } from './deployment.ts';
import type { Database } from './store/database.ts';

export function openChannels(config: Config, { db, profile }: Deployment): Channel[] {
  const contents = contentStore(db);
  const { africastalking, meta, twilio, publicUrl, webhookToken } = config;
  const channels: Channel[] = [africasTalkingUssd({ defaultCountry: profile.numbers.country })];
  if (africastalking) channels.push(africasTalkingSms(africastalking));
  // Before Twilio: the first product of a channel takes what no message she wrote has fixed to another one.
  if (meta) channels.push(metaWhatsApp({ ...meta, templates: profile.channels.whatsapp.templates }));
  if (twilio) {
    const account = {
      ...twilio,
      publicUrl,
      statusCallbackUrl: `${publicUrl}/webhooks/${webhookToken}/twilio/status`,
    };
    const { whatsappFrom } = twilio;
    if (twilio.from ?? twilio.messagingServiceSid) channels.push(twilioSms(account));
    if (whatsappFrom)
      channels.push(
        twilioWhatsApp({
          ...account,
          whatsappFrom,
          contentStore: contents,
          templates: profile.channels.whatsapp.templates,
        }),
      );
    channels.push(twilioStatus(account));
  }
  return channels;
}

/** Where photos and voice notes lie at the providers. */
export function openMediaFetchers({ meta, twilio }: Config): MediaFetcher[] {
  return [...(meta ? [metaMedia(meta)] : []), ...(twilio ? [twilioMedia(twilio)] : [])];
}

function contentStore(db: Database): ContentStore {
  return {
    find: async (hash) => {
      const { rows } = await db.query<{ sid: string }>('select sid from twilio_content where hash = $1', [
        hash,
      ]);
      return rows[0]?.sid;
    },
    save: async (hash, sid) => {
      await db.query(
        'insert into twilio_content (hash, sid) values ($1, $2) on conflict (hash) do update set sid = excluded.sid',
        [hash, sid],
      );
    },
  };
}
