/** The composition root: the only file, beside the command line and the server, that knows everybody. */
import type http from 'node:http';
import { Redis } from 'ioredis';
import { flows, offeredFlows } from '../flows/index.ts';
import type { Channel, Handlers } from './channels/channel.ts';
import { parsePhone } from './channels/phone.ts';
import { startBackground } from './background.ts';
import { openChannels, openMediaFetchers } from './carriers.ts';
import type { Config } from './config.ts';
import { fillDemo, openDeployment, type Deployment } from './deployment.ts';
import { compileAccusations, compileKeywords } from './conversation/keywords.ts';
import type { Ports } from './conversation/ports.ts';
import { checkReference, readReference } from './grievances/reference.ts';
import { grievancePorts, type GrievancePorts } from './grievances/ports.ts';
import { createTask } from './grievances/tasks.ts';
import { openObjection } from './grievances/objections.ts';
import { readKeywords, readLocales } from './locales.ts';
import { contactFor } from './notifications/contact.ts';
import { countWaiting } from './notifications/health.ts';
import { createNotifier } from './notifications/notify.ts';
import { followHolidays } from './grievances/holidays.ts';
import { hotlineSwitch } from './notifications/hotline.ts';
import { consentOf, consentPorts, restartMessages, stopMessages } from './notifications/opt-out.ts';
import { enqueue } from './notifications/outbox.ts';
import { takeReceipt } from './notifications/receipts.ts';
import { createSender } from './notifications/sender.ts';
import { openOffice } from './office.ts';
import { createMetrics, describeError, type Logger } from './observe.ts';
import { g2pRoutes } from './payments/g2p.ts';
import { countParked, retryParked } from './payments/parked.ts';
import { paymentPorts } from './payments/payment-ports.ts';
import { answerReceipt } from './payments/receipts.ts';
import { noteUnreached } from './payments/tell.ts';
import { identityPorts } from './privacy/identity-ports.ts';
import { canBeDocument } from './profiles/documents.ts';
import { demoPeople } from './registry/demo-people.ts';
import { deskRegistry } from './registry/desk.ts';
import { dciCallbacks } from './registry/dci/callbacks.ts';
import { openRegistry } from './registry/open.ts';
import type { Registry } from './registry/registry.ts';
import { informationPorts } from './registry/information-ports.ts';
import { recordPorts } from './registry/record-ports.ts';
import { statusPorts, type ConsentOf } from './registry/status-ports.ts';
import { createTexts } from './render/texts.ts';
import { createServer } from './server.ts';
import { simulator } from './simulator/simulator.ts';
import type { Database } from './store/database.ts';
import { pendingMigrations } from './store/migrate.ts';
import { conversations } from './turns/conversations.ts';
import { createHandlers } from './turns/handlers.ts';
import { replyKey } from './turns/messages.ts';
import { personQueue } from './turns/queue.ts';
import { inProcessSessions, redisSessions } from './turns/session-store.ts';

export type Service = {
  server: http.Server;
  handlers: Handlers;
  channels: readonly Channel[];
  deployment: Deployment;
  /** The simulator's page is served. */
  hasSimulator: boolean;
  /** Finishes what is in flight, then lets go of everything. */
  close(): Promise<void>;
};

/** What a test puts in the place of the real thing: the clock, a registry around the real one; or that it does the chores itself. */
export type Overrides = { now?: () => Date; registry?: (real: Registry) => Registry; hasChores?: boolean };

/** Puts a service together. It does not listen yet: `server` is for the caller to open. */
export async function createService(
  config: Config,
  log: Logger,
  { now = () => new Date(), registry: around = (real) => real, hasChores = true }: Overrides = {},
): Promise<Service> {
  const deployment = await openDeployment(config, log);
  const { db, keys, profile } = deployment;
  if (profile.tenant === 'demo' && !config.isProduction) await fillDemo(deployment, now(), log);

  const report = (what: string, error: unknown) => {
    log.error(describeError(error), what);
  };
  const queue = personQueue();
  const metrics = createMetrics(() => queue.size);
  countWaiting(metrics.registry, db);
  countParked(metrics.registry, db);
  const redis = config.redisUrl ? openRedis(config.redisUrl, report) : undefined;
  const cache = redis
    ? redisSessions(redis, () => {
        metrics.sessionStoreErrors.inc();
      })
    : inProcessSessions();
  const hotline = await hotlineSwitch(db, profile);
  const holidays = await followHolidays(db, profile.calendar);
  const texts = createTexts(readLocales(), profile, hotline.isUp);
  const opened = openRegistry({
    ...{ db, keys, profile, now, isProduction: config.isProduction, metrics: metrics.registry },
    secrets: config.registryDci,
    handleStore: cache,
    callbackBase: `${config.publicUrl}/webhooks/${config.webhookToken}/dci/registry`,
  });
  const registry = around(opened.registry);
  const desk = deskRegistry(db, keys);
  const notifier = createNotifier({ keys, texts, profile, now });
  const unmapped = (kind: string) => {
    metrics.unmapped.inc({ kind });
  };

  const grievances: GrievancePorts = grievancePorts(
    {
      profile,
      keys,
      registry,
      words: (language, facts) => texts.text(language, 'con.ref', { facts }),
      meansWords: (language, facts) => texts.text(language, 'con.means', { facts }),
      nameOf: (person) => desk.nameOf(person),
    },
    { 'pay.confirm': (asked, turn) => answerReceipt(caseOpener(grievances))(asked, turn) },
  );
  const consent: ConsentOf = async (turn) => (await consentOf(await turn.tx(), turn.contact)) ?? 'unasked';
  const ports: Ports = {
    ...grievances,
    ...consentPorts((language) => texts.text(language, 'con.first')),
    ...informationPorts({
      profile,
      registry,
      consentOf: consent,
      words: (language, prog) => texts.text(language, 'inf.sms', { facts: { prog } }),
    }),
    ...recordPorts({ profile, registry }),
    ...identityPorts({ profile, keys, registry, createTask }),
    ...statusPorts({
      profile,
      registry,
      consentOf: consent,
      unmapped,
      objectionTo: (turn, to) => openObjection(turn.reading, { ...to, tz: profile.calendar.tz }),
    }),
    ...paymentPorts({
      profile,
      registry,
      consentOf: consent,
      unmapped,
      openCase: caseOpener(grievances),
    }),
  };

  // The sender needs the simulator's channels, these need the handlers, and they wake the sender.
  let wake = () => {};
  const keywords = readKeywords();
  const handlers = createHandlers({
    db,
    keys,
    texts,
    queue,
    ports,
    limits: profile.limits,
    conversations: conversations(db, keys, cache, now),
    flows: new Map(flows.map((flow) => [flow.name, flow])),
    offering: {
      flows: offeredFlows(profile),
      languages: profile.languages.offered,
      level: profile.engagement_level,
      grounds: profile.appeal_grounds,
    },
    intent: compileKeywords(keywords, profile.languages.offered),
    accuses: compileAccusations(keywords, profile.languages.offered),
    readers: {
      phone: (text) => parsePhone(text, profile.numbers.country),
      reference: (text) => (checkReference(text) === 'ok' ? readReference(text) : undefined),
      document: (digits) => canBeDocument(profile.identity.document_rules, digits),
    },
    defaultLanguage: profile.languages.default,
    now,
    meet: async (tx, { address, phone }) => {
      await contactFor(tx, keys, { from: address, ...(phone ? { phone } : {}) });
    },
    notify: (tx, { contact, phone }, language, notice) => notifier(tx, { contact, phone, language }, notice),
    wake: () => {
      wake();
    },
    enqueueReply: (tx, person, inbound, content) =>
      enqueue(tx, keys, {
        contact: person.contact,
        channel: inbound.channel,
        provider: inbound.provider,
        address: inbound.from,
        content,
        kind: 'reply',
        key: replyKey(inbound),
        due: now(),
      }),
    takeReceipt: (receipt) => takeReceipt(db, receipt),
    stopMessages: (contact) => stopMessages(db, contact),
    restartMessages: (contact) => restartMessages(db, contact),
    isOwnPhone: async (phone) => {
      const persons = await registry.findByPhone(phone, {
        purpose: 'IDENTIFY',
        signal: AbortSignal.timeout(1_500),
      });
      return persons.every(({ phoneUse }) => phoneUse === 'own' || phoneUse === 'unknown');
    },
    measure: (channel, outcome, ms) => {
      metrics.turn.observe({ channel, outcome }, ms / 1_000);
    },
    report,
  });

  const carriers = openChannels(config, deployment);
  const simulated = config.isProduction
    ? undefined
    : simulator({
        webhookToken: config.webhookToken,
        serviceCode: profile.channels.ussd.code,
        serviceName: profile.service_name,
        people: profile.tenant === 'demo' ? [...demoPeople] : [],
        smsNumber: profile.channels.sms.two_way ?? profile.hotline.number,
        handlers,
      });
  const channels = [...carriers, ...(simulated?.channels ?? [])];
  const sender = createSender({
    db,
    keys,
    channels,
    profile,
    log: report,
    now,
    onUnreached: noteUnreached,
    onBreaker: (provider, isOpen) => {
      metrics.carrierAway.set({ provider }, isOpen ? 1 : 0);
    },
    rates: { 'simulator-sms': 1_000, 'simulator-whatsapp': 1_000 },
    onAttempt: ({ provider, kind, outcome }) => {
      metrics.sent.inc({ provider, kind, outcome });
    },
  });
  wake = () => {
    sender.wake();
  };
  await sender.start();

  const chores = {
    ...{ db, keys, profile, registry, notifier, now, texts, report },
    isProduction: config.isProduction,
    fetchers: openMediaFetchers(config),
    registries: opened,
    onClock: (kind: string) => {
      metrics.clocks.inc({ kind });
    },
  };
  const background = hasChores ? startBackground(chores) : undefined;
  const office = await openOffice({
    config,
    deployment,
    registry,
    texts,
    notifier,
    carriers: channels,
    now,
    wake: () => {
      wake();
    },
    report,
  });
  const server = createServer({
    webhookToken: config.webhookToken,
    channels: carriers,
    handlers,
    g2p: g2pRoutes({
      ...{ db, keys, profile, notifier, now, report },
      onLeftOut: (why, count) => {
        metrics.paymentsLeftOut.inc({ why }, count);
      },
    }),
    dci: dciCallbacks({
      ...{ db, now, report, isProduction: config.isProduction },
      sources: opened.callbackSources,
      onChange: () => retryParked({ db, keys, profile, notifier, now }),
      onCallback: opened.onCallback,
    }),
    jwks: opened.jwks,
    registries: opened.states,
    api: office.api,
    console: office.console,
    ...(simulated ? { simulator: simulated.router } : {}),
    metrics: metrics.registry,
    unready: () => unready(db, redis),
    report,
  });

  return {
    server,
    handlers,
    channels,
    deployment,
    hasSimulator: simulated !== undefined,
    close: async () => {
      await Promise.all([background?.stop(), office.stop(), closeServer(server)]);
      await sender.stop();
      await Promise.all([hotline.stop(), holidays.stop()]);
      redis?.disconnect();
      await deployment.close();
    },
  };
}

/** Payment dialogs open cases of their own (a fee asked, less money): a named complaint, one for each matter of a turn. */
function caseOpener({ lodge }: Pick<Ports, 'lodge'>): Parameters<typeof paymentPorts>[0]['openCase'] {
  return (turn, { matter, programme, details }) =>
    lodge(
      { matter, named: 'named', ...(programme ? { programme } : {}), ...(details ? { details } : {}) },
      { ...turn, key: `${turn.key}:${matter}` },
    );
}

/** Redis is a cache here: while it is away, turns go on from the database. */
function openRedis(url: string, report: (what: string, error: unknown) => void): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: 500,
    connectTimeout: 2_000,
    retryStrategy: (times) => Math.min(times * 200, 2_000),
  });
  let isAway = false;
  redis.on('error', (error) => {
    if (!isAway) report('Redis is away; sessions are read from the database', error);
    isAway = true;
  });
  redis.on('ready', () => {
    isAway = false;
  });
  return redis;
}

async function unready(db: Database, redis: Redis | undefined): Promise<string[]> {
  const reasons: string[] = [];
  const pending = await pendingMigrations(db).catch(() => undefined);
  if (pending === undefined) reasons.push('the database does not answer');
  else if (pending.length > 0) reasons.push(`migrations are missing: ${pending.join(', ')} (wasl migrate)`);
  if (redis && redis.status !== 'ready') reasons.push('Redis does not answer');
  return reasons;
}

function closeServer(server: http.Server): Promise<void> {
  return new Promise((resolve) => {
    if (!server.listening) {
      resolve();
      return;
    }
    server.close(() => {
      resolve();
    });
    server.closeIdleConnections();
    setTimeout(() => {
      server.closeAllConnections();
    }, 8_000).unref();
  });
}
