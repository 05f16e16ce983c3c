/** What operators see of registries over HTTP. */
import { Counter, Gauge, Histogram, type Registry as Metrics } from 'prom-client';
import type { RegistryState } from './dci/client.ts';

export type RegistryMetrics = {
  request: Histogram<'source' | 'outcome'>;
  dropped: Counter<'source'>;
  disagreements: Counter<'kind'>;
  callbacks: Counter<'action' | 'outcome'>;
};

export function registryMetrics(
  registry: Metrics,
  states: () => Readonly<Record<string, RegistryState>>,
): RegistryMetrics {
  const registers = [registry];
  new Gauge({
    name: 'wasl_registry_up',
    help: 'Whether the registry answered when it was last asked; absent until it is',
    labelNames: ['source'] as const,
    registers,
    collect() {
      this.reset();
      for (const [source, state] of Object.entries(states()))
        if (state !== 'unasked') this.set({ source }, state === 'up' ? 1 : 0);
    },
  });
  return {
    request: new Histogram({
      name: 'wasl_registry_seconds',
      help: 'Time of a question to a registry, by source and what came of it',
      labelNames: ['source', 'outcome'] as const,
      buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 1.5, 2],
      registers,
    }),
    dropped: new Counter({
      name: 'wasl_registry_dropped_total',
      help: 'Records that were not of whom was asked about; nothing of them was shown or kept',
      labelNames: ['source'] as const,
      registers,
    }),
    disagreements: new Counter({
      name: 'wasl_registry_disagreements_total',
      help: 'Enrolments and payments on which sources contradict each other, shown as "being checked"',
      labelNames: ['kind'] as const,
      registers,
    }),
    callbacks: new Counter({
      name: 'wasl_registry_callbacks_total',
      help: 'Callbacks of registries, by action and outcome',
      labelNames: ['action', 'outcome'] as const,
      registers,
    }),
  };
}
