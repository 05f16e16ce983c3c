/** A whole service for tests: the real database, the real HTTP server, profile demo, and a handset to dial with. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { readConfig, type Config } from '../../src/config.ts';
import { createService, type Overrides, type Service } from '../../src/main.ts';
import { createLogger } from '../../src/observe.ts';
import { importHouseholds } from '../../src/registry/import.ts';
import { freshDatabase } from './postgres.ts';

export type TestService = {
  url: string;
  service: Service;
  config: Config;
  /** A phone that dials the service code. */
  handset(phone: string): Handset;
  sms(phone: string, text: string, id?: string): Promise<void>;
  /** The texts of messages queued or sent to this phone, oldest first. */
  inbox(phone: string): Promise<string[]>;
  importHouseholds(...households: unknown[]): Promise<void>;
  stop(): Promise<void>;
};

export type Screen = { text: string; end: boolean; raw: string; status: number; label: string | null };

export type Handset = {
  phone: string;
  sessionId: string;
  dial(): Promise<Screen>;
  send(input: string): Promise<Screen>;
  /** Several inputs; the last screen. */
  keys(...inputs: string[]): Promise<Screen>;
  /** The gateway asks again with the same text. */
  repeat(): Promise<Screen>;
  drop(): Promise<void>;
};

const KEY = randomBytes(32).toString('base64');

/** `env.DATABASE_URL`: shares that database, which then outlives the service. */
export async function startService(
  env: Record<string, string> = {},
  overrides: Overrides = {},
): Promise<TestService> {
  const database = env['DATABASE_URL']
    ? { url: env['DATABASE_URL'], drop: () => Promise.resolve() }
    : await freshDatabase();
  const config = readConfig({
    NODE_ENV: 'test',
    PORT: '0',
    DATABASE_URL: database.url,
    ENCRYPTION_KEY: KEY,
    LOG_LEVEL: 'silent',
    ...env,
  });
  const service = await createService(config, createLogger(config.logLevel), overrides);
  await new Promise<void>((resolve) => service.server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(service.server.address() as AddressInfo).port}`;
  const { db, keys, profile } = service.deployment;
  const ussd = `${url}/webhooks/${config.webhookToken}/africastalking/ussd`;
  return {
    url,
    service,
    config,
    handset: (phone) => handset(ussd, phone),
    sms: (phone, text, id = randomUUID()) =>
      service.handlers.message({ channel: 'sms', provider: 'simulator-sms', from: phone, phone, id, text }),
    inbox: async (phone) => {
      const { openMessage } = await import('../../src/notifications/outbox.ts');
      const { rows } = await db.query<{ address: Buffer; content: Buffer }>(
        'select address, content from outbound where contact = $1 order by id',
        [keys.index('contact', phone)],
      );
      return rows.map((row) => {
        const { content } = openMessage(keys, row);
        if (content.kind === 'template') return content.fallback;
        const choices =
          content.kind === 'buttons' ? content.buttons : content.kind === 'list' ? content.rows : [];
        return [content.body, ...choices.map(({ title }) => `[${title}]`)].join('\n');
      });
    },
    importHouseholds: async (...households) => {
      const { rejected } = await importHouseholds(db, keys, households, {
        country: profile.numbers.country,
        updateMonths: profile.windows.update_months,
      });
      if (rejected.length > 0) throw new Error(JSON.stringify(rejected));
    },
    stop: async () => {
      await service.close();
      await database.drop();
    },
  };
}

export function handset(ussdUrl: string, phone: string): Handset {
  let text = '';
  const self: Handset = {
    phone,
    sessionId: '',
    dial: () => {
      self.sessionId = `ATUid_${randomBytes(16).toString('hex')}`;
      text = '';
      return post();
    },
    send: (input) => {
      text = text === '' ? input : `${text}*${input}`;
      return post();
    },
    keys: async (...inputs) => {
      let screen: Screen | undefined;
      for (const input of inputs) screen = await self.send(input);
      if (!screen) throw new Error('no input');
      return screen;
    },
    repeat: () => post(),
    drop: async () => {
      const body = form({
        status: 'Incomplete',
        input: text,
        hopsCount: '1',
        durationInMillis: '5000',
        cost: '0',
      });
      await fetch(`${ussdUrl}/events`, { method: 'POST', body });
    },
  };
  const form = (more: Record<string, string>) =>
    new URLSearchParams({
      sessionId: self.sessionId,
      serviceCode: '*384*1747#',
      phoneNumber: phone,
      networkCode: '99999',
      ...more,
    });
  async function post(): Promise<Screen> {
    const answer = await fetch(ussdUrl, { method: 'POST', body: form({ text }) });
    const raw = await answer.text();
    return {
      raw,
      status: answer.status,
      end: raw.startsWith('END '),
      text: raw.replace(/^(CON|END) /, ''),
      label: answer.headers.get('at-ussd-hop-metadata'),
    };
  }
  return self;
}
