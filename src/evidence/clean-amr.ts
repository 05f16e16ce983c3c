/** AMR (RFC 4867 §5), the voice notes of older telephones: frames of 20 ms, and nothing else. */
import type { Sound } from './clean.ts';

/** Bytes of a frame with its first, by type; 0: no such type. */
const FORMATS: readonly { magic: string; sizes: readonly number[] }[] = [
  { magic: '#!AMR\n', sizes: [13, 14, 16, 18, 20, 21, 27, 32, 6, 0, 0, 0, 0, 0, 0, 1] },
  { magic: '#!AMR-WB\n', sizes: [18, 24, 33, 37, 41, 47, 51, 59, 61, 6, 0, 0, 0, 0, 1, 1] },
];

/** Undefined: a frame that is none. What follows an unfinished last frame is left out. */
export function cleanAmr(bytes: Buffer): Sound | undefined {
  const format = FORMATS.find(({ magic }) => bytes.subarray(0, magic.length).toString('latin1') === magic);
  if (!format) return undefined;
  let at = format.magic.length;
  let frames = 0;
  while (at < bytes.length) {
    const first = bytes.readUInt8(at);
    const size = format.sizes[(first >> 3) & 0x0f] ?? 0;
    // The bits around type and quality are always 0.
    if (size === 0 || (first & 0x83) !== 0) return undefined;
    if (at + size > bytes.length) break;
    at += size;
    frames += 1;
  }
  return frames === 0 ? undefined : { content: bytes.subarray(0, at), seconds: frames / 50 };
}
