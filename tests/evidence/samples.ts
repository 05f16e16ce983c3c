/** Photos and voice notes as telephones make them, with what they say beside picture and sound. */
import sharp from 'sharp';
import { deflateSync } from 'node:zlib';

/** Written into the metadata: to be found nowhere afterwards. */
export const MARK = 'Zaatari-Marker-4417';

/** A JPEG that lies on its side, with the place it was taken at and whose telephone took it. */
export async function photo(width = 400, height = 300): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background: '#884422' } })
    .withExif({
      IFD0: { Artist: MARK, Model: MARK, ImageDescription: MARK },
      IFD3: {
        GPSLatitudeRef: 'N',
        GPSLatitude: '33/1 53/1 42/1',
        GPSLongitudeRef: 'E',
        GPSLongitude: '35/1 30/1 9/1',
      },
    })
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer();
}

/** A small PNG that unpacks to 100 million pixels. */
export function bomb(): Buffer {
  const side = 10_000;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.writeUInt8(1, 8);
  const rows = deflateSync(Buffer.alloc((side / 8 + 1) * side));
  const signature = Buffer.from('89504e470d0a1a0a', 'hex');
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', rows),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(~crc(body, 0xffffffff, 0xedb88320, true) >>> 0);
  return Buffer.concat([length, body, sum]);
}

/** Written out bit by bit: it must not be the table of the program that checks the table of the program. */
function crc(bytes: Buffer, start: number, polynomial: number, isReflected: boolean): number {
  let value = start;
  for (const byte of bytes) {
    value = isReflected ? value ^ byte : value ^ (byte << 24);
    for (let bit = 0; bit < 8; bit++) {
      const isSet = isReflected ? (value & 1) !== 0 : (value & 0x80000000) !== 0;
      value = isReflected ? value >>> 1 : value << 1;
      if (isSet) value ^= polynomial;
    }
  }
  return value >>> 0;
}

/** The sum that a page of Ogg should carry. */
export function sumOf(page: Buffer): number {
  const copy = Buffer.from(page);
  copy.writeUInt32LE(0, 22);
  return crc(copy, 0, 0x04c11db7, false);
}

function page(number: number, granule: bigint, flags: number, packets: Buffer[], serial = 0x5eca7): Buffer {
  const lacing = packets.flatMap(({ length }) => [
    ...Array<number>(Math.floor(length / 255)).fill(255),
    length % 255,
  ]);
  const header = Buffer.alloc(27);
  header.write('OggS', 0, 'latin1');
  header.writeUInt8(flags, 5);
  header.writeBigInt64LE(granule, 6);
  header.writeUInt32LE(serial, 14);
  header.writeUInt32LE(number, 18);
  header.writeUInt8(lacing.length, 26);
  const whole = Buffer.concat([header, Buffer.from(lacing), ...packets]);
  whole.writeUInt32LE(sumOf(whole), 22);
  return whole;
}

/** An Ogg Opus voice note of so many seconds, one packet of 20 ms after the other, with comments. */
export function voice(seconds = 3): Buffer {
  const head = Buffer.alloc(19);
  head.write('OpusHead', 0, 'latin1');
  head.writeUInt8(1, 8);
  head.writeUInt8(1, 9);
  head.writeUInt32LE(16_000, 12);
  const comment = Buffer.from(`ARTIST=${MARK}`);
  const tags = Buffer.concat([Buffer.from('OpusTags'), sized(Buffer.from(MARK)), count(1), sized(comment)]);
  const pages = [page(0, 0n, 2, [head]), page(1, 0n, 0, [tags])];
  for (let second = 1; second <= seconds; second++) {
    const packets = Array.from({ length: 50 }, (_, n) => Buffer.alloc(40, (second + n) % 256));
    pages.push(page(second + 1, BigInt(second) * 48_000n, second === seconds ? 4 : 0, packets));
  }
  return Buffer.concat([...pages, Buffer.from(MARK)]);
}

function count(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

const sized = (bytes: Buffer): Buffer => Buffer.concat([count(bytes.length), bytes]);

/** MP3 of 32 kbit/s at 16 kHz (36 ms a frame), between a tag in front and one behind. */
export function mp3(seconds = 3): Buffer {
  const frame = Buffer.alloc(144, 0x55);
  frame.writeUInt32BE(0xfff34800, 0);
  const front = Buffer.concat([
    Buffer.from(`TPE1\0\0\0${String.fromCharCode(MARK.length + 1)}\0\0\0`, 'latin1'),
    Buffer.from(MARK),
  ]);
  const tag = Buffer.concat([Buffer.from([0x49, 0x44, 0x33, 3, 0, 0, 0, 0, 0, front.length]), front]);
  const behind = Buffer.concat([Buffer.from(`TAG${MARK}`), Buffer.alloc(128)]).subarray(0, 128);
  return Buffer.concat([tag, ...Array<Buffer>(Math.ceil(seconds / 0.036)).fill(frame), behind]);
}

/** AMR of 12.2 kbit/s. */
export function amr(seconds = 3): Buffer {
  const frame = Buffer.alloc(32, 0x11);
  frame.writeUInt8(0x3c, 0);
  return Buffer.concat([
    Buffer.from('#!AMR\n'),
    ...Array<Buffer>(seconds * 50).fill(frame),
    Buffer.from([0x3c, 1]),
  ]);
}

export const pdf = (): Buffer => Buffer.from('%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n');
export const heic = (): Buffer =>
  Buffer.concat([Buffer.from('00000018', 'hex'), Buffer.from('ftypheic\0\0\0\0mif1heic'), Buffer.alloc(64)]);
export const svg = (): Buffer =>
  Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>');
