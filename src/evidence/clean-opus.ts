/** Ogg Opus (RFC 3533, RFC 7845), the voice notes of WhatsApp: pages numbered anew, the comments left out. */
import type { Sound } from './clean.ts';

type Page = { flags: number; granule: bigint; segments: Buffer; body: Buffer };

const HEADER = 27;
const FIRST = 2;
const CONTINUED = 1;
const RATE = 48_000;

/** Undefined: not one whole stream of Opus, or its parts are not where they belong. Bytes between pages are left out. */
export function cleanOpus(bytes: Buffer): Sound | undefined {
  const pages = readPages(bytes);
  const [head, ...rest] = pages ?? [];
  if (!head || head.flags !== FIRST || head.body.subarray(0, 8).toString('latin1') !== 'OpusHead')
    return undefined;
  const sound = withoutComments(rest);
  if (!sound || sound.length === 0 || sound.some(({ flags }) => (flags & FIRST) !== 0)) return undefined;
  const preSkip = head.body.length >= 12 ? head.body.readUInt16LE(10) : 0;
  const granules = sound.map(({ granule }) => granule).filter((granule) => granule >= 0n);
  const last = granules.reduce((most, granule) => (granule > most ? granule : most), 0n);
  const seconds = Math.max(0, Number(last) - preSkip) / RATE;
  // A stream may say that it is shorter than it is; no voice fits into less than this.
  const packets = sound.reduce((sum, page) => sum + endings(page), 0);
  const least = (packets * 2.5) / 1_000;
  const kept = [head, commentPage(), ...sound];
  return {
    content: Buffer.concat(kept.map((page, number) => writePage(page, number, number === kept.length - 1))),
    seconds: Math.max(seconds, least),
  };
}

/** Of one logical stream; undefined where there are two, or a page is broken. */
function readPages(bytes: Buffer): Page[] | undefined {
  const pages: Page[] = [];
  let serial: number | undefined;
  for (let at = bytes.indexOf('OggS'); at !== -1; at = bytes.indexOf('OggS', at)) {
    if (at + HEADER > bytes.length) return undefined;
    const count = bytes.readUInt8(at + 26);
    const segments = bytes.subarray(at + HEADER, at + HEADER + count);
    const start = at + HEADER + count;
    const end = start + segments.reduce((sum, length) => sum + length, 0);
    if (segments.length !== count || end > bytes.length || bytes.readUInt8(at + 4) !== 0) return undefined;
    const page = bytes.subarray(at, end);
    if (crcOf(page) !== bytes.readUInt32LE(at + 22)) return undefined;
    const of = bytes.readUInt32LE(at + 14);
    serial ??= of;
    if (of !== serial) return undefined;
    pages.push({
      flags: bytes.readUInt8(at + 5),
      granule: bytes.readBigInt64LE(at + 6),
      segments,
      body: bytes.subarray(start, end),
    });
    at = end;
  }
  return pages;
}

/** The comments are one packet on pages of their own; sound begins on the page after it. */
function withoutComments(pages: Page[]): Page[] | undefined {
  if (pages[0]?.body.subarray(0, 8).toString('latin1') !== 'OpusTags') return undefined;
  const last = pages.findIndex((page) => endings(page) > 0);
  const page = pages[last];
  if (!page || endings(page) !== 1 || page.segments.at(-1) === 255) return undefined;
  const sound = pages.slice(last + 1);
  return ((sound[0]?.flags ?? 0) & CONTINUED) === 0 ? sound : undefined;
}

/** Packets that end on this page. */
function endings({ segments }: Page): number {
  return segments.reduce((sum, length) => sum + (length < 255 ? 1 : 0), 0);
}

/** The packet of comments must be there; it names no program and holds nothing. */
function commentPage(): Page {
  const body = Buffer.concat([Buffer.from('OpusTags', 'latin1'), Buffer.alloc(8)]);
  return { flags: 0, granule: 0n, segments: Buffer.from([body.length]), body };
}

/** The number of a stream says nothing where there is one: it is 1. */
function writePage({ flags, granule, segments, body }: Page, number: number, isLast: boolean): Buffer {
  const header = Buffer.alloc(HEADER);
  header.write('OggS', 0, 'latin1');
  header.writeUInt8((flags & (FIRST | CONTINUED)) | (isLast ? 4 : 0), 5);
  header.writeBigInt64LE(granule, 6);
  header.writeUInt32LE(1, 14);
  header.writeUInt32LE(number, 18);
  header.writeUInt8(segments.length, 26);
  const page = Buffer.concat([header, segments, body]);
  page.writeUInt32LE(crcOf(page), 22);
  return page;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte << 24;
  for (let bit = 0; bit < 8; bit++) value = value & 0x80000000 ? (value << 1) ^ 0x04c11db7 : value << 1;
  return value >>> 0;
});

/** Ogg's own CRC-32, with the field of the sum itself read as zero. */
export function crcOf(page: Buffer): number {
  let crc = 0;
  for (let at = 0; at < page.length; at++) {
    const byte = at >= 22 && at < 26 ? 0 : (page[at] ?? 0);
    crc = ((crc << 8) ^ (TABLE[((crc >>> 24) ^ byte) & 0xff] ?? 0)) >>> 0;
  }
  return crc;
}
