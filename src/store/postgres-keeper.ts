/**
 * The small process that keeps an embedded PostgreSQL running as long as any process holds it, and stops it soon after
 * the last one is gone, however that one ended. Started by embedded-postgres.ts: `postgres-keeper <dataDir> <durable>`.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { runCluster } from './postgres-cluster.ts';
import type { RunningCluster } from './postgres-cluster.ts';
import { claimKeeper, hasHolder, isKeeper, ownMark, releaseKeeper, updateKeeper } from './postgres-state.ts';

const POLL_MS = 1_000;
/** How long PostgreSQL outlives its last holder, so that one command after another finds it running. */
const GRACE_MS = 2_000;

const own = ownMark();

/** Set when the machine shuts down or somebody is done: do not wait out the grace. */
const hurry = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  process.on(signal, () => {
    hurry.abort();
  });
}

const [, , dataDir = '', durability] = process.argv;
if (claimKeeper(dataDir, { ...own, phase: 'starting' })) {
  try {
    await keep(dataDir, await runCluster(dataDir, durability === 'durable'));
  } catch (error) {
    const line = error instanceof Error ? error.message : 'unknown error';
    if (isKeeper(dataDir, own)) updateKeeper(dataDir, { ...own, phase: 'failed', error: line });
  }
}
// A PostgreSQL that did not come up, or not in time, would keep this process alive.
process.exit();

async function keep(dataDir: string, cluster: RunningCluster): Promise<void> {
  const ready = { ...own, phase: 'ready', socketFolder: cluster.socketFolder } as const;
  updateKeeper(dataDir, ready);
  let lastHeld = Date.now();
  while (cluster.isRunning()) {
    if (!isKeeper(dataDir, own)) {
      await cluster.stop();
      return;
    }
    if (hasHolder(dataDir)) {
      lastHeld = Date.now();
    } else if (hurry.signal.aborted || Date.now() - lastHeld > GRACE_MS) {
      updateKeeper(dataDir, { ...own, phase: 'stopping' });
      if (!hasHolder(dataDir)) {
        await cluster.stop();
        break;
      }
      updateKeeper(dataDir, ready);
    }
    await pause();
  }
  releaseKeeper(dataDir);
}

/** One poll's rest; ends at the signal, and only that once, or the loop would spin while somebody still holds. */
async function pause(): Promise<void> {
  const options = hurry.signal.aborted ? {} : { signal: hurry.signal };
  await sleep(POLL_MS, undefined, options).catch(() => undefined);
}
