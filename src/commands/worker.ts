/** `wasl worker`: clocks, kept requests, housekeeping and the outbox, without HTTP. `serve` does the same beside its turns. */
import { openChannels, openMediaFetchers } from '../carriers.ts';
import type { Config } from '../config.ts';
import { openDeployment } from '../deployment.ts';
import { startBackground } from '../background.ts';
import { readLocales } from '../locales.ts';
import { followHolidays } from '../grievances/holidays.ts';
import { hotlineSwitch } from '../notifications/hotline.ts';
import { createNotifier } from '../notifications/notify.ts';
import { createSender } from '../notifications/sender.ts';
import { noteUnreached } from '../payments/tell.ts';
import { createLogger, describeError } from '../observe.ts';
import { openRegistry } from '../registry/open.ts';
import { createTexts } from '../render/texts.ts';
import { inProcessSessions } from '../turns/session-store.ts';
import { untilTold } from './signals.ts';

/** Runs until it is told to end, and then finishes what is under way. */
export async function worker(config: Config): Promise<void> {
  const log = createLogger(config.logLevel);
  const told = untilTold(log);
  const deployment = await openDeployment(config, log);
  const { db, keys, profile } = deployment;
  const now = () => new Date();
  const report = (what: string, error: unknown) => {
    log.error(describeError(error), what);
  };
  const opened = openRegistry({
    ...{ db, keys, profile, now, isProduction: config.isProduction },
    secrets: config.registryDci,
    // Nobody talks to a worker: it never looks a household up again.
    handleStore: inProcessSessions(1),
    callbackBase: `${config.publicUrl}/webhooks/${config.webhookToken}/dci/registry`,
  });
  const hotline = await hotlineSwitch(db, profile);
  const holidays = await followHolidays(db, profile.calendar);
  const texts = createTexts(readLocales(), profile, hotline.isUp);
  const channels = openChannels(config, deployment);
  // Without a carrier the messages are for the simulator of `serve`: a sender here would find their channel off.
  const canSend = config.isProduction || channels.some((channel) => channel.send !== undefined);
  const sender = canSend
    ? createSender({ db, keys, channels, profile, log: report, now, onUnreached: noteUnreached })
    : undefined;
  await sender?.start();
  const background = startBackground({
    db,
    keys,
    profile,
    registry: opened.registry,
    registries: opened,
    notifier: createNotifier({ keys, texts, profile, now }),
    now,
    texts,
    isProduction: config.isProduction,
    fetchers: openMediaFetchers(config),
    report,
    onClock: (clock) => {
      log.debug({ clock }, 'a clock fired');
    },
  });
  process.stdout.write(`Wasl works in the background (profile ${profile.tenant}).\n`);
  try {
    await told;
  } finally {
    await background.stop();
    await sender?.stop();
    await Promise.all([hotline.stop(), holidays.stop()]);
    await deployment.close();
  }
}
