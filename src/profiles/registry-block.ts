/** The `registry` block of a profile: which registries are asked, in which dialect of DCI, and which one is believed. */
import { z } from 'zod';

const { strictObject } = z;
const word = z.string().trim().min(1, 'must not be empty').max(200);
const address = z.url({ protocol: /^https?$/, error: 'must be an https address' });

/** What a source is asked for (systems.md §2.11). The grievance system is no registry: see `external_grm`. */
export const ROLES = ['social', 'identification', 'beneficiary', 'integrated', 'payments', 'civil'] as const;
export type RegistryRole = (typeof ROLES)[number];

const jwk = z.looseObject({ kty: word, kid: word.optional() });

/** One interface of a registry: its types, and where it is when that differs from the registry's own address. */
const section = {
  /** `ns:org:RegistryType:Social`, or what this registry calls it; null leaves it out of the request. */
  reg_type: word.nullable().default(null),
  record_type: word.nullable().default(null),
  response_entity: z.enum(['Group', 'Member', 'Beneficiary']).nullable().default(null),
};

const dci = {
  /** Base address; `/registry/sync/search` and its kin are appended. REGISTRY_DCI_URL goes before it. */
  url: address.optional(),
  sender_id: word.default('wasl'),
  receiver_id: word.optional(),
  auth: z.enum(['none', 'bearer', 'oauth-form', 'oauth-json']).default('none'),
  /** On the same host as `url`; a path, or a whole address. */
  token_url: word.default('/oauth2/client/token'),
  scope: word.optional(),
  /** More fields of the JSON body of a token request, such as `db_name`. */
  token_fields: z.record(z.string(), z.string()).default({}),
  signature: z.enum(['none', 'dci-http', 'detached-jws']).default('none'),
  /** `strict`: the header as the published schema has it; `all`: all ten keys, null where there is no value. */
  header: z.enum(['strict', 'all']).default('strict'),
  ...section,
  reg_type: word.nullable().default('ns:org:RegistryType:Social'),
  record_type: word.nullable().default('Member'),
  /** Whether a search is answered at once, or by a call to us later. */
  search: z.enum(['sync', 'async']).default('sync'),
  query: z.enum(['idtype-value', 'idtype-object', 'expression', 'predicate']).default('idtype-value'),
  /** The type, or attribute, of a phone; null: this registry cannot be asked by phone. */
  phone: strictObject({
    type: word.nullable().default('MOBILE'),
    format: z.enum(['e164', 'digits', 'national']).default('e164'),
  }).prefault({}),
  /** The types, or attributes, of documents and family files, each asked for. */
  documents: z.array(word).max(6).default(['UIN']),
  /** The type by which persons are asked for elsewhere: enrolments, civil registration. */
  person_type: word.default('UIN'),
  page_size: z.int().min(1).max(100).default(10),
  /** ISO 639-3. */
  locale: z
    .string()
    .regex(/^[a-z]{3}$/, 'must be three small letters such as eng')
    .default('eng'),
  /** Enrolments and benefits, where they are asked for beside the person (IBR). */
  beneficiaries: strictObject({
    ...section,
    url: address.optional(),
    receiver_id: word.optional(),
    reg_type: word.nullable().default('ns:org:RegistryType:IBR'),
    record_type: word.nullable().default('Beneficiary'),
    /** The registry's code of a programme -> ours. */
    programmes: z.record(z.string(), word).default({}),
  }).optional(),
  /** A registry's code of a programme -> ours. */
  programmes: z.record(z.string(), word).default({}),
  /** Benefits are said to be provided, not paid out; what that means here. */
  benefit_status: z.enum(['sent', 'paid', 'collected', 'unknown']).default('sent'),
  /** Events told to us by `notify`. */
  subscribe: z
    .array(
      strictObject({ event: word, record_type: word, filter: z.record(z.string(), z.unknown()).default({}) }),
    )
    .max(10)
    .default([]),
  /** Public keys of the registry, as JWK, for what it calls back; or where it publishes them. */
  keys: z.array(jwk).max(10).default([]),
  jwks_url: address.optional(),
  timeout_ms: z.int().min(100).max(1500, 'can only be stricter than 1,500 ms').default(1500),
  concurrency: z.int().min(1).max(500).default(40),
  max_bytes: z.int().min(1_000).max(1_048_576, 'can only be stricter than 1 MiB').default(1_048_576),
};

const roles = z.array(z.enum(ROLES, `must be one of ${ROLES.join(', ')}`)).min(1, 'must name a role');

const local = strictObject({ kind: z.literal('local') });
const overDci = strictObject({ kind: z.literal('dci'), ...dci });
const source = z.discriminatedUnion('kind', [
  strictObject({ kind: z.literal('local'), name: word, roles }),
  strictObject({
    kind: z.literal('dci'),
    name: z.string().regex(/^[a-z][a-z0-9_]{0,19}$/, 'must be small letters, digits and _'),
    roles,
    ...dci,
  }),
]);

const composite = strictObject({
  kind: z.literal('composite'),
  /** The first is believed before the second, and so on. */
  sources: z
    .array(source)
    .min(2, 'must name two sources or more')
    .max(6)
    .refine(
      (sources) => new Set(sources.map(({ name }) => name)).size === sources.length,
      'must not name a source twice',
    ),
});

/** Secrets never stand here: they come from REGISTRY_DCI_* (docs/reference/registry.md). */
export const registryBlock = z
  .discriminatedUnion('kind', [local, overDci, composite], 'kind must be local, dci or composite')
  .default({ kind: 'local' });

export type DciBlock = z.output<typeof overDci>;
