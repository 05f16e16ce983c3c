/** The one place that touches the `africastalking` SDK: loads it late, points it at the right host, bounds its waiting. */
import { createRequire } from 'node:module';
import { answerWithin, failure, statusFailure, transportFailure } from './failures.ts';

export type AfricasTalkingAccount = {
  /** `sandbox` selects the provider's sandbox. */
  username: string;
  apiKey: string;
  /** A stand-in for the provider's API; requests go to `<baseUrl>/version1/...`. */
  baseUrl?: string | undefined;
  /** How long to wait for an answer; 8,000 ms unless told. */
  timeoutMs?: number;
};

export type SmsRequest = { to: string; message: string; senderId?: string };

type Answer = { status: number; data: unknown };
type Axios = {
  defaults: { timeout: number; maxRedirects?: number };
  get(url: string, options: Record<string, unknown>): Promise<Answer>;
};
type Client = { SMS: { send(request: SmsRequest): Promise<unknown> } };
type Sdk = {
  create(options: { username: string; apiKey: string }): {
    SMS: { send(request: SmsRequest): Promise<unknown> };
  };
  /** Read by the SDK at every call, and shared by every client in the process. */
  urls: { SMS_URL: string };
  axios: Axios;
};

const waitMs = 8_000;
let loaded: Sdk | undefined;

/** The SDK takes up to half a second to load, so nobody pays for it before the first message. */
function load(): Sdk {
  if (loaded === undefined) {
    const require = createRequire(import.meta.url);
    // The SDK offers no timeout: only its own copy of axios can be told not to wait for ever. Nor may it follow a
    // redirect, which would carry the API key to another host.
    const axios = createRequire(require.resolve('africastalking'))('axios') as Axios;
    axios.defaults.timeout = waitMs;
    axios.defaults.maxRedirects = 0;
    loaded = {
      create: require('africastalking') as Sdk['create'],
      urls: require('africastalking/lib/common') as Sdk['urls'],
      axios,
    };
  }
  return loaded;
}

function apiRoot({ username, baseUrl }: AfricasTalkingAccount): string {
  if (baseUrl) return `${baseUrl.replace(/\/+$/, '')}/version1`;
  return `https://api.${username.toLowerCase() === 'sandbox' ? 'sandbox.' : ''}africastalking.com/version1`;
}

/**
 * Hands one SMS to the SDK and returns the provider's answer, undigested. Rejects with SendError only: the SDK's own
 * errors carry the API key.
 */
export async function requestSms(account: AfricasTalkingAccount, request: SmsRequest): Promise<unknown> {
  const { urls } = load();
  const client = open(account);
  // A sandbox client switches the whole process to the sandbox and nothing switches it back: say the address each
  // time. `send` reads it before it first waits, so two accounts in one process cannot take each other's.
  urls.SMS_URL = `${apiRoot(account)}/messaging`;
  try {
    return await answerWithin(account.timeoutMs ?? waitMs, client.SMS.send(request));
  } catch (error) {
    return digest(error);
  }
}

function open({ username, apiKey }: AfricasTalkingAccount): Client {
  try {
    return load().create({ username, apiKey });
  } catch {
    throw failure('configuration', 'empty credentials');
  }
}

/** The SDK rejects with a plain body for any 2xx but 201, with AxiosError for the rest, with Error for bad input. */
function digest(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { response, isAxiosError } = error as { response?: { status: number }; isAxiosError?: boolean };
  if (response !== undefined) throw statusFailure(response.status);
  if (isAxiosError === true || error.name === 'SendError') throw transportFailure(error);
  // Joi refuses the number; its words may repeat it.
  throw failure('to.invalid', 'refused by the SDK');
}

/** Asks for the account's balance. Resolves to a sentence saying what to mend, or undefined when all is well. */
export async function checkAfricasTalking(account: AfricasTalkingAccount): Promise<string | undefined> {
  const { username, apiKey } = account;
  try {
    const { status, data } = await answerWithin(
      account.timeoutMs ?? waitMs,
      load().axios.get(`${apiRoot(account)}/user`, {
        params: { username },
        headers: { apikey: apiKey, Accept: 'application/json' },
        validateStatus: () => true,
      }),
    );
    if (status === 401 || status === 403)
      return "Africa's Talking refuses the credentials: check AFRICASTALKING_USERNAME and AFRICASTALKING_API_KEY (the sandbox has a key of its own).";
    if (status !== 200)
      return `Africa's Talking answered HTTP ${status} when asked for the balance: try again later.`;
    const balance = (data as { UserData?: { balance?: unknown } } | undefined)?.UserData?.balance;
    if (typeof balance === 'string' && Number(balance.replace(/[^\d.-]/g, '')) <= 0)
      return "The Africa's Talking account has no balance left: top it up.";
    return undefined;
  } catch (error) {
    return `Africa's Talking cannot be reached, ${transportFailure(error).message}: check the network, and AFRICASTALKING_BASE_URL if it is set.`;
  }
}
