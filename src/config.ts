/** The environment (contract §2), read once and validated. Nothing else in the code reads process.env. */
import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { profileFile, profilesDir } from './paths.ts';
import { DCI_PREFIX, readDciSecrets, type DciSecrets } from './registry/dci/secrets.ts';

/** A variable that must be mended before a start; the message is one line that names it. */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ConfigError';
  }
}

const text = z.string().trim().min(1, 'must not be empty');
const optional = text.optional();
const url = z.url({ protocol: /^https?$/, error: 'must be an http or https address' });

const key = text
  .refine(
    (value) => Buffer.from(value, 'base64').length === 32,
    'must be 32 bytes in base64 (openssl rand -base64 32)',
  )
  .transform((value) => Buffer.from(value, 'base64'));

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'silent'] as const;

const environment = z.object({
  NODE_ENV: z
    .enum(['development', 'production', 'test'], 'must be development or production')
    .default('development'),
  PORT: z
    .string()
    .regex(/^\d{1,5}$/, 'must be a port number')
    .transform(Number)
    .refine((port) => port <= 65_535, 'must be a port number')
    .default(3000),
  HOST: text.default('127.0.0.1'),
  PUBLIC_URL: url.optional(),
  DATABASE_URL: text.regex(/^postgres(ql)?:\/\//, 'must begin with postgres://').optional(),
  REDIS_URL: text.regex(/^(rediss?|unix):\/\//, 'must begin with redis://').optional(),
  DATA_DIR: text.default('.data'),
  PROFILE: text.default('demo'),
  WEBHOOK_TOKEN: text.regex(/^[\w.~-]+$/, 'may hold letters, digits, and . ~ _ - only').optional(),
  ENCRYPTION_KEY: key.optional(),
  ENCRYPTION_KEY_PREVIOUS: key.optional(),
  AFRICASTALKING_USERNAME: optional,
  AFRICASTALKING_API_KEY: optional,
  AFRICASTALKING_FROM: optional,
  AFRICASTALKING_BASE_URL: url.optional(),
  TWILIO_ACCOUNT_SID: text.regex(/^AC/, 'must begin with AC').optional(),
  TWILIO_AUTH_TOKEN: optional,
  TWILIO_AUTH_TOKEN_PREVIOUS: optional,
  TWILIO_FROM: optional,
  TWILIO_MESSAGING_SERVICE_SID: optional,
  TWILIO_WHATSAPP_FROM: optional,
  TWILIO_BASE_URL: url.optional(),
  META_APP_SECRET: optional,
  META_APP_SECRET_PREVIOUS: optional,
  META_VERIFY_TOKEN: optional,
  META_ACCESS_TOKEN: optional,
  META_PHONE_NUMBER_ID: text
    .regex(/^\d+$/, "must be the number's id at Meta, digits only and not the number itself")
    .optional(),
  META_BASE_URL: url.optional(),
  OIDC_ISSUER: url.optional(),
  OIDC_CLIENT_ID: optional,
  OIDC_CLIENT_SECRET: optional,
  LOG_LEVEL: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`).default('info'),
});

type Environment = z.output<typeof environment>;

export type Config = {
  isProduction: boolean;
  port: number;
  host: string;
  publicUrl: string;
  databaseUrl: string | undefined;
  redisUrl: string | undefined;
  dataDir: string;
  profile: string;
  webhookToken: string;
  encryptionKey: { current: Buffer; previous?: Buffer };
  africastalking: { username: string; apiKey: string; from?: string; baseUrl?: string } | undefined;
  twilio:
    | {
        accountSid: string;
        authToken: string;
        previousAuthToken?: string;
        from?: string;
        messagingServiceSid?: string;
        whatsappFrom?: string;
        baseUrl?: string;
      }
    | undefined;
  /** WhatsApp by Meta's own API. */
  meta:
    | {
        appSecret: string;
        previousAppSecret?: string;
        verifyToken: string;
        accessToken: string;
        phoneNumberId: string;
        baseUrl?: string;
      }
    | undefined;
  /** Single sign-on of staff. */
  oidc: { issuer: string; clientId: string; clientSecret: string } | undefined;
  /** REGISTRY_DCI_*, by source; '' for those of every source. */
  registryDci: Record<string, DciSecrets>;
  logLevel: Environment['LOG_LEVEL'];
};

const MIN_SECRET = 32;

/** Reads and checks the environment. Throws ConfigError with one line that names the variable. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  // An empty variable is an absent one: compose files and shells set them so.
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = environment.safeParse(given);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new ConfigError(`${String(issue?.path[0])}: ${issue?.message ?? 'is not valid'}`);
  }
  const values = parsed.data;
  const isProduction = values.NODE_ENV === 'production';
  const dataDir = path.resolve(values.DATA_DIR);
  if (isProduction) requireProduction(values);
  if (!existsSync(profileFile(values.PROFILE, profilesDir)))
    throw new ConfigError(`PROFILE: there is no profile ${values.PROFILE}, by name in profiles/ or by path`);
  return {
    isProduction,
    port: values.PORT,
    host: values.HOST,
    publicUrl: (values.PUBLIC_URL ?? httpAddress(values.HOST, values.PORT)).replace(/\/+$/, ''),
    databaseUrl: values.DATABASE_URL,
    redisUrl: values.REDIS_URL,
    dataDir,
    profile: values.PROFILE,
    webhookToken: values.WEBHOOK_TOKEN ?? 'dev',
    encryptionKey: {
      current: values.ENCRYPTION_KEY ?? developmentKey(dataDir),
      ...(values.ENCRYPTION_KEY_PREVIOUS ? { previous: values.ENCRYPTION_KEY_PREVIOUS } : {}),
    },
    africastalking: africastalking(values),
    twilio: twilio(values),
    meta: meta(values),
    oidc: oidc(values, isProduction),
    registryDci: registryDci(given),
    logLevel: values.LOG_LEVEL,
  };
}

/** The address of a listening socket; an IPv6 host stands in brackets there. */
export function httpAddress(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** What development may leave out. */
function requireProduction(values: Environment): void {
  const must = (name: keyof Environment, why: string) => {
    if (values[name] === undefined) throw new ConfigError(`${name}: is required in production (${why})`);
  };
  must('DATABASE_URL', 'the embedded database is for one developer');
  must('ENCRYPTION_KEY', '32 bytes in base64: openssl rand -base64 32');
  must('PUBLIC_URL', 'the address that providers call');
  must('WEBHOOK_TOKEN', 'the secret part of every callback address');
  if ((values.WEBHOOK_TOKEN ?? '').length < MIN_SECRET) {
    throw new ConfigError(`WEBHOOK_TOKEN: must have at least ${MIN_SECRET} characters in production`);
  }
  if (path.basename(values.PROFILE, path.extname(values.PROFILE)) === 'demo') {
    throw new ConfigError('PROFILE: the demo profile and its synthetic registry are refused in production');
  }
}

/** Whether all of `names` are given. Some of them, or one of `more`, which mean nothing without them, are refused. */
function together(
  values: Environment,
  names: readonly (keyof Environment)[],
  more: readonly (keyof Environment)[] = [],
): boolean {
  const given = [...names, ...more].filter((name) => values[name] !== undefined);
  if (given.length === 0) return false;
  const missing = names.find((name) => values[name] === undefined);
  if (missing) throw new ConfigError(`${missing}: is required when ${given[0] ?? ''} is set`);
  return true;
}

function africastalking(values: Environment): Config['africastalking'] {
  if (!together(values, ['AFRICASTALKING_USERNAME', 'AFRICASTALKING_API_KEY'], ['AFRICASTALKING_FROM']))
    return undefined;
  return {
    username: values.AFRICASTALKING_USERNAME ?? '',
    apiKey: values.AFRICASTALKING_API_KEY ?? '',
    ...(values.AFRICASTALKING_FROM ? { from: values.AFRICASTALKING_FROM } : {}),
    ...(values.AFRICASTALKING_BASE_URL ? { baseUrl: values.AFRICASTALKING_BASE_URL } : {}),
  };
}

function twilio(values: Environment): Config['twilio'] {
  const senders = ['TWILIO_FROM', 'TWILIO_MESSAGING_SERVICE_SID', 'TWILIO_WHATSAPP_FROM'] as const;
  if (!together(values, ['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN'], senders)) return undefined;
  return {
    accountSid: values.TWILIO_ACCOUNT_SID ?? '',
    authToken: values.TWILIO_AUTH_TOKEN ?? '',
    ...(values.TWILIO_AUTH_TOKEN_PREVIOUS ? { previousAuthToken: values.TWILIO_AUTH_TOKEN_PREVIOUS } : {}),
    ...(values.TWILIO_FROM ? { from: values.TWILIO_FROM } : {}),
    ...(values.TWILIO_MESSAGING_SERVICE_SID
      ? { messagingServiceSid: values.TWILIO_MESSAGING_SERVICE_SID }
      : {}),
    ...(values.TWILIO_WHATSAPP_FROM ? { whatsappFrom: values.TWILIO_WHATSAPP_FROM } : {}),
    ...(values.TWILIO_BASE_URL ? { baseUrl: values.TWILIO_BASE_URL } : {}),
  };
}

function meta(values: Environment): Config['meta'] {
  const names = [
    'META_APP_SECRET',
    'META_VERIFY_TOKEN',
    'META_ACCESS_TOKEN',
    'META_PHONE_NUMBER_ID',
  ] as const;
  if (!together(values, names)) return undefined;
  return {
    appSecret: values.META_APP_SECRET ?? '',
    ...(values.META_APP_SECRET_PREVIOUS ? { previousAppSecret: values.META_APP_SECRET_PREVIOUS } : {}),
    verifyToken: values.META_VERIFY_TOKEN ?? '',
    accessToken: values.META_ACCESS_TOKEN ?? '',
    phoneNumberId: values.META_PHONE_NUMBER_ID ?? '',
    ...(values.META_BASE_URL ? { baseUrl: values.META_BASE_URL } : {}),
  };
}

function oidc(values: Environment, isProduction: boolean): Config['oidc'] {
  if (!together(values, ['OIDC_ISSUER', 'OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET'])) return undefined;
  const issuer = values.OIDC_ISSUER ?? '';
  if (isProduction && !issuer.startsWith('https:')) {
    throw new ConfigError('OIDC_ISSUER: must be an https address in production');
  }
  return { issuer, clientId: values.OIDC_CLIENT_ID ?? '', clientSecret: values.OIDC_CLIENT_SECRET ?? '' };
}

/** Their names hold the name of a source, so they are no fixed list. */
function registryDci(given: Record<string, string | undefined>): Config['registryDci'] {
  try {
    return readDciSecrets(given);
  } catch (error) {
    throw new ConfigError(error instanceof Error ? error.message : `${DCI_PREFIX}*: cannot be read`);
  }
}

/** A key for development, made once and kept beside the data that it opens. */
function developmentKey(dataDir: string): Buffer {
  const file = path.join(dataDir, 'encryption.key');
  if (!existsSync(file)) {
    mkdirSync(dataDir, { recursive: true });
    // Linked when it is complete: of two commands that start together one makes the key, and both read it whole.
    const mine = `${file}.${process.pid}`;
    writeFileSync(mine, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 });
    try {
      linkSync(mine, file);
    } catch (error) {
      if (!existsSync(file)) throw error;
    } finally {
      unlinkSync(mine);
    }
  }
  const parsed = key.safeParse(readFileSync(file, 'utf8'));
  if (!parsed.success)
    throw new ConfigError(`ENCRYPTION_KEY: ${file} ${parsed.error.issues[0]?.message ?? ''}`);
  return parsed.data;
}
