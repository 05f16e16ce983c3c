/** Posts forms the way Twilio does: signed over the public address and every parameter. */
import { createHmac } from 'node:crypto';
import type { Mounted } from './support.ts';

export const accountSid = 'AC00000000000000000000000000000001';
export const authToken = 'test_auth_token_0001';
/** Not where the tests listen: signatures must follow the public address, not the Host header. */
export const publicUrl = 'https://canal.example.org';

/** Twilio's algorithm, written out: it must not be the SDK that checks the SDK. */
export function sign(url: string, params: Record<string, string>, token = authToken): string {
  const names = Object.keys(params).sort();
  const data = url + names.map((name) => name + (params[name] ?? '')).join('');
  return createHmac('sha1', token).update(data, 'utf8').digest('base64');
}

/** The address Twilio was told for a channel mounted at `url` (a loopback address). */
export function publicAddress(url: string): string {
  return publicUrl + new URL(url).pathname;
}

export function postSigned(
  mounted: Mounted,
  params: Record<string, string>,
  token = authToken,
): Promise<Response> {
  const body = new URLSearchParams(params).toString();
  const signature = sign(`${publicAddress(mounted.url)}/`, params, token);
  return mounted.post('/', body, { 'x-twilio-signature': signature });
}
