/** The environment: what each variable means, what is refused, and that the refusal names the variable in one line. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError, readConfig, type Config } from '../src/config.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');
const OTHER_KEY = Buffer.alloc(32, 9).toString('base64');

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'wasl-config-'));
});
afterEach(() => {
  rmSync(dataDir, { recursive: true });
});

const read = (env: Record<string, string>): Config => readConfig({ DATA_DIR: dataDir, ...env });

function refusal(env: Record<string, string>): string {
  try {
    read(env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message;
  }
  throw new Error('nothing was refused');
}

describe('without any variable', () => {
  it('has the documented defaults', () => {
    expect(read({})).toMatchObject({
      isProduction: false,
      port: 3000,
      host: '127.0.0.1',
      publicUrl: 'http://127.0.0.1:3000',
      databaseUrl: undefined,
      redisUrl: undefined,
      profile: 'demo',
      webhookToken: 'dev',
      africastalking: undefined,
      twilio: undefined,
      meta: undefined,
      logLevel: 'info',
    });
    expect(readConfig({ ENCRYPTION_KEY: KEY }).dataDir).toBe(path.resolve('.data'));
  });

  it('takes an empty variable for an absent one', () => {
    const names = [
      ...['NODE_ENV', 'PORT', 'HOST', 'PUBLIC_URL', 'DATABASE_URL', 'REDIS_URL', 'PROFILE', 'WEBHOOK_TOKEN'],
      ...['ENCRYPTION_KEY', 'ENCRYPTION_KEY_PREVIOUS', 'LOG_LEVEL'],
      ...[
        'AFRICASTALKING_USERNAME',
        'AFRICASTALKING_API_KEY',
        'AFRICASTALKING_FROM',
        'AFRICASTALKING_BASE_URL',
      ],
      ...['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN', 'TWILIO_AUTH_TOKEN_PREVIOUS', 'TWILIO_FROM'],
      ...['TWILIO_MESSAGING_SERVICE_SID', 'TWILIO_WHATSAPP_FROM', 'TWILIO_BASE_URL'],
      ...['META_APP_SECRET', 'META_APP_SECRET_PREVIOUS', 'META_VERIFY_TOKEN', 'META_ACCESS_TOKEN'],
      ...['META_PHONE_NUMBER_ID', 'META_BASE_URL'],
    ];
    const empty = Object.fromEntries(names.map((name) => [name, '']));
    expect(read(empty)).toEqual(read({}));
  });

  it('ignores variables of others', () => {
    expect(read({ PATH: '/bin', TERM: 'dumb', npm_config_x: 'y' })).toEqual(read({}));
  });
});

describe('the development key', () => {
  it('is made once, of 32 bytes, and only its owner can read it', () => {
    const first = read({}).encryptionKey.current;
    const file = path.join(dataDir, 'encryption.key');
    expect(first).toHaveLength(32);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(Buffer.from(readFileSync(file, 'utf8'), 'base64')).toEqual(first);
    expect(read({}).encryptionKey.current).toEqual(first);
  });

  it('is made with its folder, and another in another folder', () => {
    const there = readConfig({ DATA_DIR: path.join(dataDir, 'a/b') });
    expect(there.encryptionKey.current).not.toEqual(read({}).encryptionKey.current);
  });

  it('is not made when a key is given', () => {
    expect(read({ ENCRYPTION_KEY: KEY }).encryptionKey).toEqual({ current: Buffer.alloc(32, 7) });
    expect(() => statSync(path.join(dataDir, 'encryption.key'))).toThrow();
  });

  it('is refused with its file named when somebody damaged it', () => {
    writeFileSync(path.join(dataDir, 'encryption.key'), 'short\n');
    expect(refusal({})).toMatch(/^ENCRYPTION_KEY: .*encryption\.key/);
  });
});

describe('wrong values', () => {
  it.each([
    ['NODE_ENV', 'staging'],
    ['PORT', 'http'],
    ['PORT', '70000'],
    ['PORT', '-1'],
    ['PORT', '80.5'],
    ['PORT', ' '],
    ['HOST', '  '],
    ['PUBLIC_URL', 'wasl.example.org'],
    ['PUBLIC_URL', 'ftp://wasl.example.org'],
    ['DATABASE_URL', 'mysql://localhost/wasl'],
    ['DATABASE_URL', 'localhost:5432'],
    ['REDIS_URL', 'http://localhost:6379'],
    ['WEBHOOK_TOKEN', 'with/slash'],
    ['WEBHOOK_TOKEN', 'with space'],
    ['WEBHOOK_TOKEN', '%61'],
    ['ENCRYPTION_KEY', 'short'],
    ['ENCRYPTION_KEY', Buffer.alloc(31).toString('base64')],
    ['ENCRYPTION_KEY', Buffer.alloc(33).toString('base64')],
    ['ENCRYPTION_KEY_PREVIOUS', Buffer.alloc(16).toString('base64')],
    ['AFRICASTALKING_BASE_URL', 'localhost'],
    ['TWILIO_ACCOUNT_SID', 'SK0123'],
    ['TWILIO_BASE_URL', 'localhost'],
    ['META_PHONE_NUMBER_ID', '+254200000000'],
    ['META_BASE_URL', 'graph.facebook.com'],
    ['PROFILE', 'nowhere'],
    ['PROFILE', 'profiles/nowhere.yaml'],
    ['LOG_LEVEL', 'loud'],
  ])('%s=%s stops the start with one line that names it', (name, value) => {
    const message = refusal({ [name]: value });
    expect(message.startsWith(`${name}: `)).toBe(true);
    expect(message).not.toMatch(/\n|undefined|expected|NaN/);
  });

  it.each([
    ['ENCRYPTION_KEY', 'c2VjcmV0LXZhbHVl'],
    ['DATABASE_URL', 'mysql://wasl:hunter2@db/wasl'],
    ['WEBHOOK_TOKEN', 'my secret token'],
  ])('%s is a secret, and its value is not repeated', (name, value) => {
    expect(refusal({ [name]: value })).not.toContain(value);
  });

  it.each([
    [{ AFRICASTALKING_USERNAME: 'sandbox' }, 'AFRICASTALKING_API_KEY'],
    [{ AFRICASTALKING_API_KEY: 'k' }, 'AFRICASTALKING_USERNAME'],
    [{ TWILIO_ACCOUNT_SID: 'AC1' }, 'TWILIO_AUTH_TOKEN'],
    [{ TWILIO_AUTH_TOKEN: 't' }, 'TWILIO_ACCOUNT_SID'],
    [{ AFRICASTALKING_FROM: 'WASL' }, 'AFRICASTALKING_USERNAME'],
    [{ TWILIO_FROM: '+961' }, 'TWILIO_ACCOUNT_SID'],
    [{ TWILIO_WHATSAPP_FROM: '+961' }, 'TWILIO_ACCOUNT_SID'],
    [{ TWILIO_WHATSAPP_FROM: '+961', TWILIO_ACCOUNT_SID: 'AC1' }, 'TWILIO_AUTH_TOKEN'],
    [{ META_APP_SECRET: 's' }, 'META_VERIFY_TOKEN'],
    [{ META_APP_SECRET: 's', META_VERIFY_TOKEN: 'v', META_PHONE_NUMBER_ID: '1' }, 'META_ACCESS_TOKEN'],
    [{ META_ACCESS_TOKEN: 'a' }, 'META_APP_SECRET'],
    [{ META_PHONE_NUMBER_ID: '1' }, 'META_APP_SECRET'],
  ])('%o lacks its other half', (env, missing) => {
    expect(refusal(env)).toMatch(new RegExp(`^${missing}: is required when`));
  });
});

describe('given values', () => {
  it('are read', () => {
    const config = read({
      PORT: '8080',
      HOST: '0.0.0.0',
      PUBLIC_URL: 'https://wasl.example.org/',
      DATABASE_URL: 'postgres://u:p@db:5432/wasl',
      REDIS_URL: 'rediss://cache:6380/2',
      PROFILE: 'lebanon-daem',
      WEBHOOK_TOKEN: 'a.b~c_d-1',
      ENCRYPTION_KEY: KEY,
      ENCRYPTION_KEY_PREVIOUS: OTHER_KEY,
      LOG_LEVEL: 'debug',
    });
    expect(config).toMatchObject({
      port: 8080,
      host: '0.0.0.0',
      publicUrl: 'https://wasl.example.org',
      databaseUrl: 'postgres://u:p@db:5432/wasl',
      redisUrl: 'rediss://cache:6380/2',
      profile: 'lebanon-daem',
      webhookToken: 'a.b~c_d-1',
      encryptionKey: { current: Buffer.alloc(32, 7), previous: Buffer.alloc(32, 9) },
      logLevel: 'debug',
    });
  });

  it.each([
    [{ PORT: '8080', HOST: '10.0.0.1' }, 'http://10.0.0.1:8080'],
    [{ HOST: '::1' }, 'http://[::1]:3000'],
  ])('%o make the public address', (env, expected) => {
    expect(read(env).publicUrl).toBe(expected);
  });

  it("switch on Africa's Talking", () => {
    expect(
      read({
        AFRICASTALKING_USERNAME: 'sandbox',
        AFRICASTALKING_API_KEY: 'k',
        AFRICASTALKING_FROM: 'WASL',
        AFRICASTALKING_BASE_URL: 'http://127.0.0.1:9',
      }).africastalking,
    ).toEqual({ username: 'sandbox', apiKey: 'k', from: 'WASL', baseUrl: 'http://127.0.0.1:9' });
    expect(read({ AFRICASTALKING_USERNAME: 'u', AFRICASTALKING_API_KEY: 'k' }).africastalking).toEqual({
      username: 'u',
      apiKey: 'k',
    });
  });

  it('switch on Twilio', () => {
    expect(
      read({
        TWILIO_ACCOUNT_SID: 'AC1',
        TWILIO_AUTH_TOKEN: 't',
        TWILIO_AUTH_TOKEN_PREVIOUS: 'old',
        TWILIO_FROM: '+961',
        TWILIO_MESSAGING_SERVICE_SID: 'MG1',
        TWILIO_WHATSAPP_FROM: '+962',
        TWILIO_BASE_URL: 'http://127.0.0.1:9',
      }).twilio,
    ).toEqual({
      accountSid: 'AC1',
      authToken: 't',
      previousAuthToken: 'old',
      from: '+961',
      messagingServiceSid: 'MG1',
      whatsappFrom: '+962',
      baseUrl: 'http://127.0.0.1:9',
    });
  });
});

describe('Meta', () => {
  const all = {
    META_APP_SECRET: 's',
    META_VERIFY_TOKEN: 'v',
    META_ACCESS_TOKEN: 'a',
    META_PHONE_NUMBER_ID: '200000000000002',
  };

  it('is switched on by its four variables, and the others are extra', () => {
    const meta = { appSecret: 's', verifyToken: 'v', accessToken: 'a', phoneNumberId: '200000000000002' };
    expect(read(all).meta).toEqual(meta);
    expect(
      read({ ...all, META_APP_SECRET_PREVIOUS: 'old', META_BASE_URL: 'http://127.0.0.1:9' }).meta,
    ).toEqual({ ...meta, previousAppSecret: 'old', baseUrl: 'http://127.0.0.1:9' });
  });
});

describe('production', () => {
  const complete = {
    NODE_ENV: 'production',
    DATABASE_URL: 'postgres://u:p@db:5432/wasl',
    ENCRYPTION_KEY: KEY,
    PUBLIC_URL: 'https://wasl.example.org',
    WEBHOOK_TOKEN: 'x'.repeat(32),
    PROFILE: 'lebanon-daem',
  };

  it('starts with everything given, and writes nothing to the data folder', () => {
    expect(read(complete)).toMatchObject({ isProduction: true, webhookToken: 'x'.repeat(32) });
    expect(() => statSync(path.join(dataDir, 'encryption.key'))).toThrow();
  });

  it('signs staff on over https only', () => {
    const oidc = { OIDC_ISSUER: 'http://127.0.0.1:9000', OIDC_CLIENT_ID: 'wasl', OIDC_CLIENT_SECRET: 's' };
    expect(read(oidc).oidc?.issuer).toBe('http://127.0.0.1:9000');
    expect(refusal({ ...complete, ...oidc })).toBe('OIDC_ISSUER: must be an https address in production');
  });

  it.each(['DATABASE_URL', 'ENCRYPTION_KEY', 'PUBLIC_URL', 'WEBHOOK_TOKEN', 'PROFILE'])(
    'needs %s',
    (name) => {
      expect(refusal({ ...complete, [name]: '' })).toMatch(new RegExp(`^${name}: `));
    },
  );

  it.each([
    ['WEBHOOK_TOKEN', 'x'.repeat(31)],
    ['WEBHOOK_TOKEN', 'dev'],
    ['PROFILE', 'demo'],
    ['PROFILE', 'profiles/demo.yaml'],
  ])('refuses %s=%s', (name, value) => {
    const message = refusal({ ...complete, [name]: value });
    expect(message).toMatch(new RegExp(`^${name}: .*production`));
  });
});

describe('single sign-on', () => {
  const OIDC = { OIDC_ISSUER: 'https://login.example.org', OIDC_CLIENT_ID: 'wasl', OIDC_CLIENT_SECRET: 's' };

  it('is off without its variables and needs all of them', () => {
    expect(read({}).oidc).toBeUndefined();
    expect(read(OIDC).oidc).toEqual({
      issuer: 'https://login.example.org',
      clientId: 'wasl',
      clientSecret: 's',
    });
    expect(refusal({ ...OIDC, OIDC_CLIENT_SECRET: '' })).toBe(
      'OIDC_CLIENT_SECRET: is required when OIDC_ISSUER is set',
    );
  });
});
