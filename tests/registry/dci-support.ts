/** A DCI registry opened as a deployment opens it, for tests: its block, its port, and what was dropped. */
import { createHmac, randomBytes } from 'node:crypto';
import type { Keys } from '../../src/privacy/keys.ts';
import { registryBlock, type DciBlock } from '../../src/profiles/registry-block.ts';
import { dciClient } from '../../src/registry/dci/client.ts';
import { dciRegistry, type DciRegistry } from '../../src/registry/dci/registry.ts';
import type { DciSecrets } from '../../src/registry/dci/secrets.ts';
import type { Query } from '../../src/registry/registry.ts';
import { inProcessSessions } from '../../src/turns/session-store.ts';

/** The dialect of support/mock-dci.ts. */
export function blockFor(url: string, more: Record<string, unknown> = {}): DciBlock {
  const block = registryBlock.parse({
    kind: 'dci',
    url,
    sender_id: 'citizen-channel.example.gov',
    receiver_id: 'registry.example.gov',
    documents: ['NID', 'FILE'],
    ...more,
  });
  if (block.kind !== 'dci') throw new Error('no dci block');
  return block;
}

export type Opened = {
  registry: DciRegistry;
  client: ReturnType<typeof dciClient>;
  dropped: () => number;
  outcomes: string[];
};

export function openDci(
  block: DciBlock,
  keys: Keys,
  {
    secrets = {},
    cacheTtlS = 0,
    now = () => new Date(),
  }: { secrets?: DciSecrets; cacheTtlS?: number; now?: () => Date } = {},
): Opened {
  let dropped = 0;
  const outcomes: string[] = [];
  const client = dciClient({
    block,
    secrets,
    now,
    callbackBase: 'http://127.0.0.1:1/webhooks/t/dci/registry',
    events: { onRequest: (outcome) => outcomes.push(outcome) },
  });
  const registry = dciRegistry({
    client,
    keys,
    read: {
      country: 'LB',
      currency: 'USD',
      programmes: block.programmes,
      words: { enrolment: { beneficiaire: 'active' } },
      benefitStatus: block.benefit_status,
    },
    handleStore: inProcessSessions(),
    cacheTtlS,
    now,
    onDropped: () => (dropped += 1),
  });
  return { registry, client, dropped: () => dropped, outcomes };
}

/** A question within the turn of this phone. */
export function ask(phone: string | null = null, of: object = {}): Query {
  return { purpose: 'STATUS_ENQUIRY', signal: AbortSignal.timeout(10_000), turn: { of, phone } };
}

/** Keys without a database: the registry port needs hashes and seals only. */
export function looseKeys(): Keys {
  const salt = randomBytes(8).toString('hex');
  const hash = (kind: string, value: string) => {
    const hex = createHmac('sha256', salt).update(`${kind}\0${value}`).digest('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
  };
  const refuse = () => {
    throw new Error('not for tests without a database');
  };
  return {
    seal: (_purpose, value) => Buffer.from(value),
    open: (_purpose, sealed) => sealed.toString(),
    sealJson: (_purpose, value) => Buffer.from(JSON.stringify(value)),
    openJson: (_purpose, sealed) => JSON.parse(sealed.toString()) as unknown,
    sealBytes: refuse,
    openBytes: refuse,
    index: hash,
    anonymous: refuse,
    chain: refuse,
  };
}
