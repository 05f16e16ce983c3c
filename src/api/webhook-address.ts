/** Where a webhook may lead: in production to public addresses over https only, looked at when the name is resolved. */
import { lookup } from 'node:dns/promises';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** Addresses that lead into our own network, or nowhere (RFC 6890 and its IPv6 kin). */
const inner = new BlockList();
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  inner.addSubnet(net, bits, 'ipv4');
for (const [net, bits] of [
  ['::', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const)
  inner.addSubnet(net, bits, 'ipv6');

/** An address that a request may leave for in production. IPv4 inside IPv6 is judged as IPv4. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  return !inner.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

/** An address that no webhook may have; the message is one sentence for the operator. */
export class AddressRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'AddressRefused';
  }
}

/** The address, if it may be called at all. Throws AddressRefused. */
export function checkAddress(text: string, isProduction: boolean): URL {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol))
    throw new AddressRefused('the address must begin with https://');
  if (url.username !== '' || url.password !== '')
    throw new AddressRefused('the address must not hold a name or password; each request is signed');
  if (url.hash !== '') throw new AddressRefused('the address must not have a # part');
  if (!isProduction) return url;
  if (url.protocol !== 'https:')
    throw new AddressRefused('in production the address must begin with https://');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0 && !isPublicAddress(host))
    throw new AddressRefused('the address leads into a private network');
  return url;
}

/**
 * Resolves a name for one connection, and hands out only what may be called: the connection goes to the very address
 * that was looked at, so a name cannot change its mind in between.
 */
export function guardedLookup(isProduction: boolean, resolve: typeof lookup = lookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }).then(
      (found) => {
        const [first] = found;
        if (!first) {
          callback(new AddressRefused('the name has no address'), '');
          return;
        }
        // One inner address among public ones is a trick or a mistake; neither is called.
        if (isProduction && !found.every(({ address }) => isPublicAddress(address))) {
          callback(new AddressRefused('the name leads into a private network'), '');
        } else if (options.all === true) callback(null, found);
        else callback(null, first.address, first.family);
      },
      (error: unknown) => {
        callback(error as NodeJS.ErrnoException, '');
      },
    );
  };
}
