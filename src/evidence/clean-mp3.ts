/** MP3 (MPEG audio layer III): the frames alone, without the tags before, between and behind them. */
import type { Sound } from './clean.ts';

type Frame = { length: number; seconds: number };

// kbit/s by index: MPEG 1, and MPEG 2 and 2.5, layer III.
const BITRATES = [
  [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
] as const;
const RATES: readonly number[] = [44_100, 48_000, 32_000];

/** Undefined: no two frames in a row. */
export function cleanMp3(bytes: Buffer): Sound | undefined {
  const frames: Buffer[] = [];
  let seconds = 0;
  let at = afterTag(bytes);
  while (at + 4 <= bytes.length) {
    const frame = frameAt(bytes, at);
    // Elsewhere than after another frame, two in a row are needed to believe the first.
    const isOne =
      frame &&
      at + frame.length <= bytes.length &&
      (isFollowed(bytes, at + frame.length) || frames.length > 0);
    if (!isOne) {
      at += 1;
      continue;
    }
    // The first may hold words of the encoder instead of sound.
    const body = bytes.subarray(at, at + frame.length);
    if (!(frames.length === 0 && /Xing|Info|VBRI/.test(body.subarray(0, 64).toString('latin1')))) {
      frames.push(body);
      seconds += frame.seconds;
    }
    at += frame.length;
  }
  return frames.length < 2 ? undefined : { content: Buffer.concat(frames), seconds };
}

/** Behind an ID3v2 tag, whose length is written with seven bits a byte. */
function afterTag(bytes: Buffer): number {
  if (bytes.length < 10 || bytes.subarray(0, 3).toString('latin1') !== 'ID3') return 0;
  const [a = 0, b = 0, c = 0, d = 0] = bytes.subarray(6, 10);
  return 10 + ((a & 0x7f) << 21) + ((b & 0x7f) << 14) + ((c & 0x7f) << 7) + (d & 0x7f);
}

function isFollowed(bytes: Buffer, at: number): boolean {
  return at === bytes.length || frameAt(bytes, at) !== undefined;
}

function frameAt(bytes: Buffer, at: number): Frame | undefined {
  if (at + 4 > bytes.length) return undefined;
  const header = bytes.readUInt32BE(at);
  const version = (header >>> 19) & 3;
  const layer = (header >>> 17) & 3;
  if (header >>> 21 !== 0x7ff || version === 1 || layer !== 1) return undefined;
  const isFirst = version === 3;
  const kbits = BITRATES[isFirst ? 0 : 1][(header >>> 12) & 15] ?? 0;
  const base = RATES[(header >>> 10) & 3] ?? 0;
  if (kbits === 0 || base === 0) return undefined;
  const rate = isFirst ? base : version === 2 ? base / 2 : base / 4;
  const samples = isFirst ? 1_152 : 576;
  const padding = (header >>> 9) & 1;
  return { length: Math.floor((samples / 8) * ((kbits * 1_000) / rate)) + padding, seconds: samples / rate };
}
