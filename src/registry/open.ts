/** Opens the registry that a profile names: the local one, one over DCI, or several behind one port. */
import type { Registry as Metrics } from 'prom-client';
import type { Keys } from '../privacy/keys.ts';
import type { Profile } from '../profiles/profile.ts';
import type { DciBlock } from '../profiles/registry-block.ts';
import type { Database } from '../store/database.ts';
import { compositeRegistry } from './composite.ts';
import type { DciCallbackDeps } from './dci/callbacks.ts';
import { dciClient, type DciClient, type RegistryState } from './dci/client.ts';
import type { HandleStore } from './dci/handles.ts';
import { DciFailure, type FailureKind } from './dci/http.ts';
import { trustedKeys } from './dci/jwks.ts';
import type { Json } from './dci/json.ts';
import { dciRegistry, type DciRegistry } from './dci/registry.ts';
import { forgetDciMessages, subscribeAll, unsubscribeOthers } from './dci/subscriptions.ts';
import { secretsOf, type DciSecrets } from './dci/secrets.ts';
import { publicJwk } from './dci/signature.ts';
import { localRegistry } from './local.ts';
import { registryMetrics } from './metrics.ts';
import type { Registry } from './registry.ts';

export type OpenRegistryDeps = {
  db: Database;
  keys: Keys;
  profile: Profile;
  /** REGISTRY_DCI_*, by source. */
  secrets: Readonly<Record<string, DciSecrets>>;
  handleStore: HandleStore;
  /** Our /webhooks/<t>/dci/registry as registries see it. */
  callbackBase: string;
  isProduction: boolean;
  now: () => Date;
  metrics?: Metrics;
};

export type DciSource = { name: string; client: DciClient; registry: DciRegistry };

export type OpenedRegistry = {
  registry: Registry;
  /** Registries over HTTP, by name. */
  remote: readonly DciSource[];
  callbackSources: DciCallbackDeps['sources'];
  /** Asks for the events of the profile, and forgets callbacks of long ago; run it every hour. */
  upkeep: () => Promise<void>;
  /** Asks each registry that did not answer last time whether it is back; run it every few seconds. */
  lookAgain: () => Promise<void>;
  /** One of them did not answer last time, or is left alone for a while. */
  isAway: () => boolean;
  /** Why the registry does not answer; undefined when it does. */
  answers: (source: DciSource) => Promise<FailureKind | undefined>;
  /** How each registry over HTTP was when it was last asked. */
  states: () => Record<string, RegistryState>;
  /** Our public keys, for /.well-known/jwks.json. */
  jwks: () => { keys: Json[] };
  onCallback: (action: string, outcome: string) => void;
};

/** A number that the numbering plan gives to nobody (ITU-T E.164: country code 999 is not assigned). */
const NOBODY = '+999000000000';

async function answers({ registry, client }: DciSource): Promise<FailureKind | undefined> {
  const query = { purpose: 'STATUS_ENQUIRY', signal: AbortSignal.timeout(client.block.timeout_ms) } as const;
  const isAskedByPhone = client.block.phone.type !== null;
  try {
    await (isAskedByPhone ? registry.findByPhone(NOBODY, query) : registry.findByDocument(NOBODY, query));
    return undefined;
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    return cause instanceof DciFailure ? cause.kind : 'timeout';
  }
}

const payDocument = ({ payment_calendar: days }: Profile) => (days ? { payDocument: days.document } : {});

/** Throws one line that names what to mend in the profile or the environment. */
export function openRegistry(deps: OpenRegistryDeps): OpenedRegistry {
  const { db, keys, profile, secrets, now } = deps;
  const block = profile.registry;
  const words = { enrolment: profile.status_map, stages: profile.posted_stages, ...payDocument(profile) };
  const remote: DciSource[] = [];
  const observed = deps.metrics
    ? registryMetrics(deps.metrics, () =>
        Object.fromEntries(remote.map((one) => [one.name, one.client.state()])),
      )
    : undefined;

  const overDci = (name: string, itsBlock: DciBlock): Registry => {
    const client = dciClient({
      block: itsBlock,
      secrets: secretsOf(secrets, name),
      callbackBase: deps.callbackBase,
      isProduction: deps.isProduction,
      now,
      events: {
        onRequest: (outcome, seconds) => observed?.request.observe({ source: name, outcome }, seconds),
      },
    });
    const registry = dciRegistry({
      client,
      keys,
      read: {
        country: profile.numbers.country,
        currency: profile.currency,
        programmes: itsBlock.programmes,
        words,
        benefitStatus: itsBlock.benefit_status,
      },
      handleStore: deps.handleStore,
      cacheTtlS: profile.privacy.cache_ttl_s,
      now,
      onDropped: () => observed?.dropped.inc({ source: name }),
    });
    remote.push({ name, client, registry });
    return registry;
  };

  const open = (): Registry => {
    const local = () => localRegistry(db, keys, words);
    if (block.kind === 'local') return local();
    if (block.kind === 'dci') return overDci('registry', block);
    return compositeRegistry(
      block.sources.map((source) => ({
        name: source.name,
        roles: source.roles,
        registry: source.kind === 'local' ? local() : overDci(source.name, { ...source, kind: 'dci' }),
      })),
      { onDisagreement: (kind) => observed?.disagreements.inc({ kind }) },
    );
  };

  const registry = open();
  const away = () => remote.filter(({ client }) => ['down', 'resting'].includes(client.state()));
  return {
    registry,
    remote,
    callbackSources: remote.map(({ name, client, registry: its }) => ({
      name,
      senders: [client.block.receiver_id, client.block.beneficiaries?.receiver_id].filter(
        (sender) => sender !== undefined,
      ),
      ourId: client.block.sender_id,
      signs: client.block.keys.length > 0 || client.block.jwks_url !== undefined,
      keys: trustedKeys(client.block, now),
      bring: (transaction, body) => client.waiting.bring(transaction, body),
      changed: () => {
        its.changed();
      },
    })),
    states: () => Object.fromEntries(remote.map(({ name, client }) => [name, client.state()])),
    upkeep: async () => {
      await forgetDciMessages(db, now());
      for (const { name, client } of remote) {
        await subscribeAll({ db, now }, name, client);
        await unsubscribeOthers({ db, now }, name, client);
      }
    },
    isAway: () => away().length > 0,
    lookAgain: async () => {
      await Promise.all(away().map(answers));
    },
    answers,
    jwks: () => {
      const byKid = new Map(
        remote.flatMap(({ client }) =>
          client.signingKey ? [[client.signingKey.kid, publicJwk(client.signingKey)] as const] : [],
        ),
      );
      return { keys: [...byKid.values()] };
    },
    onCallback: (action, outcome) => observed?.callbacks.inc({ action, outcome }),
  };
}
