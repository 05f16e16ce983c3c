/** What operators see: structured logs without anything personal, and Prometheus metrics. */
import pino, { type Logger } from 'pino';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Config } from './config.ts';

export type { Logger };

/** Logs JSON lines to standard error: standard output belongs to what a person asked for. */
export function createLogger(level: Config['logLevel']): Logger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination(2));
}

/**
 * An error as it may be logged: its class, code and place in our code. Messages of drivers quote values (a duplicate
 * key names the row), so only our own errors keep theirs.
 */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error };
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  const frames = (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
  return { type: error.name, ...code, at: frames.slice(0, 6).map((line) => line.trim()) };
}

export type Observed = {
  registry: Registry;
  turn: Histogram<'channel' | 'outcome'>;
  sent: Counter<'provider' | 'kind' | 'outcome'>;
  sessionStoreErrors: Counter;
  unmapped: Counter<'kind'>;
  clocks: Counter<'kind'>;
  paymentsLeftOut: Counter<'why'>;
  queue: Gauge;
  carrierAway: Gauge<'provider'>;
};

export function createMetrics(waiting: () => number): Observed {
  const registry = new Registry();
  const registers = [registry];
  return {
    registry,
    turn: new Histogram({
      name: 'wasl_turn_seconds',
      help: 'Time to answer a turn, by channel and outcome',
      labelNames: ['channel', 'outcome'] as const,
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10],
      registers,
    }),
    sent: new Counter({
      name: 'wasl_messages_total',
      help: 'Attempts to send a message, by provider product, kind and outcome',
      labelNames: ['provider', 'kind', 'outcome'] as const,
      registers,
    }),
    sessionStoreErrors: new Counter({
      name: 'wasl_session_store_errors_total',
      help: 'Failed calls to the session cache; the database answered instead',
      registers,
    }),
    unmapped: new Counter({
      name: 'wasl_unmapped_total',
      help: 'Registry words or amounts that no rule of the profile explains, shown as "being checked"',
      labelNames: ['kind'] as const,
      registers,
    }),
    clocks: new Counter({
      name: 'wasl_clocks_total',
      help: 'Clocks of cases that fired in this process, by kind',
      labelNames: ['kind'] as const,
      registers,
    }),
    paymentsLeftOut: new Counter({
      name: 'wasl_payment_statuses_left_out_total',
      help: 'Statuses in payment callbacks that could not be read or were refused while others were taken',
      labelNames: ['why'] as const,
      registers,
    }),
    carrierAway: new Gauge({
      name: 'wasl_carrier_away',
      help: '1 while a provider product takes no messages from this process and only one now and then is tried',
      labelNames: ['provider'] as const,
      registers,
    }),
    queue: new Gauge({
      name: 'wasl_people_in_turn',
      help: 'People with a turn under way',
      registers,
      collect() {
        this.set(waiting());
      },
    }),
  };
}
