/** Fetches media from Twilio: with the account's credentials from its API, and without them from where that points to. */
import { MediaFailure, type FetchedMedia, type MediaFetcher } from './media.ts';
import type { TwilioAccount } from './twilio.ts';

/** Twilio's API answers with a redirect to a signed address of its store; never more than two. */
const MOST_REDIRECTS = 2;

const API = 'https://api.twilio.com';

/** The stores that Twilio keeps media in. */
const isStore = ({ protocol, hostname }: URL): boolean =>
  protocol === 'https:' &&
  (hostname.endsWith('.twiliocdn.com') || hostname === 's3-external-1.amazonaws.com');

export function twilioMedia({
  accountSid,
  authToken,
  baseUrl,
}: Pick<TwilioAccount, 'accountSid' | 'authToken' | 'baseUrl'>): MediaFetcher {
  const api = new URL(baseUrl ?? API).origin;
  const credentials = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
  // A stand-in for the API is its own store.
  const mayLeadTo = (url: URL): boolean => (baseUrl === undefined ? isStore(url) : url.origin === api);
  return {
    providers: ['twilio-whatsapp', 'twilio-sms'],
    async fetch(source, signal) {
      let url = readUrl(source);
      const isOurs =
        url?.origin === api && url.pathname.startsWith(`/2010-04-01/Accounts/${accountSid}/Messages/`);
      if (!url || !isOurs) throw new MediaFailure('address');
      let headers: Record<string, string> = { authorization: credentials };
      for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
        const answer = await get(url, headers, signal);
        if (answer.status < 300 || answer.status >= 400) return read(answer);
        await answer.body?.cancel();
        url = readUrl(answer.headers.get('location') ?? '', url);
        if (!url || !mayLeadTo(url)) throw new MediaFailure('address');
        headers = {};
      }
      throw new MediaFailure('address');
    },
  };
}

function readUrl(text: string, base?: URL): URL | undefined {
  return URL.canParse(text, base) ? new URL(text, base) : undefined;
}

async function get(url: URL, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, { headers, signal, redirect: 'manual' });
  } catch {
    throw new MediaFailure('unreachable');
  }
}

function read(answer: Response): FetchedMedia {
  const { status, headers, body } = answer;
  if (status !== 200 || body === null) {
    void body?.cancel();
    throw new MediaFailure(status === 404 || status === 410 ? 'gone' : 'unreachable');
  }
  const type = headers.get('content-type');
  const length = Number(headers.get('content-length') ?? NaN);
  return { body, ...(type === null ? {} : { type }), ...(Number.isFinite(length) ? { length } : {}) };
}
