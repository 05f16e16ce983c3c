/** Fetches media from Meta: asks the Graph API where the content is at the moment, and gets it from there. */
import { MediaFailure, type FetchedMedia, type MediaFetcher } from './media.ts';
import { graphAddress } from './meta.ts';
import type { MetaAccount } from './meta.ts';

/** Where Meta keeps what people send. Our token goes along, so it goes nowhere else. */
const isStore = ({ protocol, hostname }: URL): boolean =>
  protocol === 'https:' && hostname === 'lookaside.fbsbx.com';

/** An address of the content is a few hundred letters; more than this is none. */
const mostAnswer = 16_384;

export function metaMedia(account: Pick<MetaAccount, 'accessToken' | 'baseUrl'>): MediaFetcher {
  const api = new URL(graphAddress(account, ''));
  const headers = { authorization: `Bearer ${account.accessToken}` };
  // A stand-in for the API is its own store.
  const mayLeadTo = (url: URL): boolean =>
    isStore(url) || (api.hostname !== 'graph.facebook.com' && url.origin === api.origin);
  const get = async (url: string | URL, signal: AbortSignal): Promise<Response> => {
    try {
      return await fetch(url, { headers, signal, redirect: 'manual' });
    } catch {
      throw new MediaFailure('unreachable');
    }
  };
  return {
    providers: ['meta-whatsapp'],
    async fetch(source, signal) {
      if (!/^\d{1,40}$/.test(source)) throw new MediaFailure('address');
      const address = await readAddress(await get(graphAddress(account, source), signal));
      if (!URL.canParse(address) || !mayLeadTo(new URL(address))) throw new MediaFailure('address');
      return read(await get(address, signal));
    },
  };
}

/** Meta answers 400 and code 100 for a content that it keeps no longer. */
async function readAddress(answer: Response): Promise<string> {
  const text = await answer.text().catch(() => '');
  const value = text.length > mostAnswer ? undefined : parse(text);
  if (answer.status === 200 && typeof value?.url === 'string') return value.url;
  const isGone = answer.status === 404 || (answer.status === 400 && value?.error?.code === 100);
  throw new MediaFailure(isGone ? 'gone' : 'unreachable');
}

function parse(text: string): { url?: unknown; error?: { code?: unknown } | null } | undefined {
  try {
    return (JSON.parse(text) ?? undefined) as ReturnType<typeof parse>;
  } catch {
    return undefined;
  }
}

function read({ status, headers, body }: Response): FetchedMedia {
  if (status !== 200 || body === null) {
    void body?.cancel();
    if (status >= 300 && status < 400) throw new MediaFailure('address');
    throw new MediaFailure(status === 404 || status === 410 ? 'gone' : 'unreachable');
  }
  const type = headers.get('content-type');
  const length = Number(headers.get('content-length') ?? NaN);
  return { body, ...(type === null ? {} : { type }), ...(Number.isFinite(length) ? { length } : {}) };
}
