/** `wasl webhook`: which systems are told when cases change. */
import { SOURCE } from '../api/tokens.ts';
import {
  addWebhook,
  enableWebhook,
  listWebhooks,
  removeWebhook,
  WEBHOOK_EVENTS,
  type WebhookEvent,
} from '../api/webhooks.ts';
import type { Config } from '../config.ts';
import { withDeployment, type Deployment } from '../deployment.ts';
import { recordAudit } from '../privacy/audit.ts';

export type NewWebhookOptions = { event: string[]; source?: string; restricted?: boolean; json?: boolean };

/** Prints the key of the signatures: with `--json` as `{"id": ..., "secret": ...}`. */
export async function webhookAdd(config: Config, url: string, options: NewWebhookOptions): Promise<void> {
  const events = options.event.flatMap((event) => event.split(',')).map(eventOf);
  const { source = null, restricted = false } = options;
  if (source !== null && !SOURCE.test(source))
    throw new Error('--source: letters, digits, dots, dashes and underscores only, at most 64');
  await withDeployment(config, async ({ db, keys }) => {
    const at = new Date();
    const made = await addWebhook(db, keys, { url, events, source, restricted, at }, config.isProduction);
    const details = { events, source, restricted };
    await recordAudit(db, {
      actor: 'command',
      action: 'webhook_added',
      subject: `webhook:${made.id}`,
      details,
      at,
    });
    process.stdout.write(
      options.json === true
        ? `${JSON.stringify(made)}\n`
        : `Webhook ${made.id} is told of ${events.join(', ')} from now on. The key of its signatures is shown this once:\n${made.secret}\n`,
    );
  });
}

export async function webhookList(config: Config, asJson: boolean): Promise<void> {
  await withDeployment(config, async ({ db }) => {
    const rows = await listWebhooks(db);
    if (asJson) {
      process.stdout.write(`${JSON.stringify(rows)}\n`);
      return;
    }
    if (rows.length === 0) process.stdout.write('There are no webhooks. wasl webhook add URL makes one.\n');
    for (const { id, url, events, source, waiting, failed, failing_since, disabled_at } of rows) {
      const state = disabled_at ? 'switched off' : failing_since ? 'failing' : 'good';
      process.stdout.write(
        `${id}  ${url}  ${events.join(',')}  ${source ?? 'any source'}  ${state}  ${waiting} waiting, ${failed} given up\n`,
      );
    }
  });
}

export async function webhookRemove(config: Config, id: string): Promise<void> {
  await change(config, id, 'webhook_removed', (db) => removeWebhook(db, id));
  process.stdout.write(`Webhook ${id} is gone.\n`);
}

export async function webhookEnable(config: Config, id: string): Promise<void> {
  await change(config, id, 'webhook_enabled', (db) => enableWebhook(db, id, new Date()));
  process.stdout.write(`Webhook ${id} is on again; what it missed is sent now.\n`);
}

async function change(
  config: Config,
  id: string,
  action: string,
  deed: (db: Deployment['db']) => Promise<boolean>,
): Promise<void> {
  await withDeployment(config, async ({ db }) => {
    if (!(await deed(db)))
      throw new Error('there is no such webhook to change; wasl webhook list names them');
    await recordAudit(db, { actor: 'command', action, subject: `webhook:${id}`, at: new Date() });
  });
}

function eventOf(name: string): WebhookEvent {
  const event = WEBHOOK_EVENTS.find((known) => known === name);
  if (!event) throw new Error(`--event: must be one of ${WEBHOOK_EVENTS.join(', ')}`);
  return event;
}
