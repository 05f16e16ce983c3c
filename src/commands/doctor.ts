/** `wasl doctor`: asks every part whether it works, and says what to mend. */
import { Redis } from 'ioredis';
import { webhookHealth } from '../api/webhooks.ts';
import type { Config } from '../config.ts';
import { openChannels } from '../carriers.ts';
import { openDeployment, type Deployment } from '../deployment.ts';
import { createLogger } from '../observe.ts';
import type { FailureKind } from '../registry/dci/http.ts';
import { openRegistry } from '../registry/open.ts';
import { inProcessSessions } from '../turns/session-store.ts';

type Finding = { part: string; ok: boolean; note: string };

/** Prints one line a part; exit code 1 when something must be mended. */
export async function doctor(config: Config, asJson: boolean): Promise<void> {
  const findings: Finding[] = [{ part: 'configuration', ok: true, note: `profile ${config.profile}` }];
  const log = createLogger('silent');
  const deployment = await openDeployment(config, log).catch((error: unknown) => {
    findings.push({ part: 'database', ok: false, note: sentence(error) });
    return undefined;
  });
  if (deployment) {
    try {
      findings.push(await database(deployment, config));
      findings.push(await sessions(config));
      findings.push(await publicAddress(config));
      findings.push(...(await registries(deployment, config)));
      findings.push(...(await webhookHealth(deployment.db)));
      for (const channel of openChannels(config, deployment)) {
        if (!channel.check) continue;
        const mend = await channel.check().catch(sentence);
        findings.push({ part: channel.name, ok: mend === undefined, note: mend ?? 'the credentials work' });
      }
    } finally {
      await deployment.close();
    }
  }
  if (asJson) process.stdout.write(`${JSON.stringify({ ok: findings.every(({ ok }) => ok), findings })}\n`);
  else
    for (const { part, ok, note } of findings)
      process.stdout.write(`${ok ? 'ok  ' : 'MEND'}  ${part}: ${note}\n`);
  if (findings.some(({ ok }) => !ok)) process.exitCode = 1;
}

async function database({ db }: Deployment, { databaseUrl }: Config): Promise<Finding> {
  const { rows } = await db.query<{ version: string; major: number; households: number }>(
    `select current_setting('server_version') as version,
            current_setting('server_version_num')::integer / 10000 as major,
            (select count(*)::integer from household) as households`,
  );
  const { version = '', major = 0, households = 0 } = rows[0] ?? {};
  const where = databaseUrl === undefined ? 'embedded PostgreSQL' : 'PostgreSQL';
  return {
    part: 'database',
    ok: major >= 15,
    note:
      major >= 15
        ? `${where} ${version}, ${households} households`
        : `${where} ${version} is too old: 15 or newer is needed`,
  };
}

async function sessions({ redisUrl }: Config): Promise<Finding> {
  if (!redisUrl)
    return { part: 'session store', ok: true, note: 'in process (one process only; set REDIS_URL for more)' };
  const redis = new Redis(redisUrl, {
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    connectTimeout: 2_000,
    retryStrategy: () => null,
  });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    await redis.ping();
    return { part: 'session store', ok: true, note: 'Redis answers' };
  } catch {
    return { part: 'session store', ok: false, note: 'REDIS_URL: Redis does not answer there' };
  } finally {
    redis.disconnect();
  }
}

/** Each registry over HTTP is asked about a number that nobody has: an answer says that address, secrets and dialect fit. */
async function registries({ db, keys, profile }: Deployment, config: Config): Promise<Finding[]> {
  const part = 'registry';
  try {
    const opened = openRegistry({
      ...{ db, keys, profile, isProduction: config.isProduction, now: () => new Date() },
      secrets: config.registryDci,
      handleStore: inProcessSessions(1),
      callbackBase: `${config.publicUrl}/webhooks/${config.webhookToken}/dci/registry`,
    });
    if (opened.remote.length === 0) return [{ part, ok: true, note: 'in the database, filled by imports' }];
    return await Promise.all(
      opened.remote.map(async (source) => {
        const failure = await opened.answers(source);
        const note = failure === undefined ? 'answers' : MEND[failure];
        return { part: `${part} ${source.name}`, ok: failure === undefined, note };
      }),
    );
  } catch (error) {
    return [{ part, ok: false, note: sentence(error) }];
  }
}

/** What to look at first, by why there was no answer. */
const MEND: Readonly<Record<FailureKind, string>> = {
  network: 'cannot be reached: look at registry.url or REGISTRY_DCI_URL, and at the way there',
  timeout: 'does not answer within registry.timeout_ms',
  too_large: 'answers more than registry.max_bytes',
  redirect: 'sends us elsewhere: registry.url or REGISTRY_DCI_URL must be the last address',
  malformed: 'answers something else than DCI: look at the path in registry.url',
  status: 'answers with an HTTP error: look at registry.auth, REGISTRY_DCI_TOKEN and its kin, and the path',
  refused: 'refuses the question: look at sender_id, receiver_id, signature, reg_type, record_type and query',
};

async function publicAddress({ publicUrl, isProduction }: Config): Promise<Finding> {
  const part = 'public address';
  if (isProduction && !publicUrl.startsWith('https:')) {
    return { part, ok: false, note: 'PUBLIC_URL: providers need an https address' };
  }
  try {
    const answer = await fetch(`${publicUrl}/healthz`, { signal: AbortSignal.timeout(3_000) });
    return answer.ok
      ? { part, ok: true, note: `${publicUrl} answers` }
      : {
          part,
          ok: false,
          note: `PUBLIC_URL: ${publicUrl} answers ${answer.status}; does it lead to this service?`,
        };
  } catch {
    return { part, ok: !isProduction, note: `${publicUrl} does not answer (is the service running?)` };
  }
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
