/** What is kept of photos and sound: picture and sound, and no word about where, when or by whom. */
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { clean } from '../../src/evidence/clean.ts';
import { amr, bomb, heic, MARK, mp3, pdf, photo, sumOf, svg, voice } from './samples.ts';

const why = (refusal: string) => expect.objectContaining({ name: 'Refused', why: refusal }) as Error;

describe('a photo', () => {
  it('loses the place, the telephone and the words in it, and stands upright', async () => {
    const taken = await photo(400, 300);
    const before = await sharp(taken).metadata();
    // The tag of the GPS directory, in either order of bytes.
    const holdsPlace = ['2588', '8825'].some((tag) => before.exif?.includes(Buffer.from(tag, 'hex')));
    expect(holdsPlace, 'the sample holds a place').toBe(true);
    expect(taken.includes(MARK), 'the sample is marked').toBe(true);
    expect(before.orientation).toBe(6);
    const { content, type } = await clean(taken);
    const after = await sharp(content).metadata();
    expect(type).toBe('image/jpeg');
    expect(after).toMatchObject({ format: 'jpeg', width: 300, height: 400 });
    expect(after.exif).toBeUndefined();
    expect(after.orientation).toBeUndefined();
    expect(content.includes(MARK)).toBe(false);
    expect(content.includes('Exif')).toBe(false);
  });

  it('is no larger than a screen needs', async () => {
    const { content } = await clean(await photo(4_000, 3_000));
    const { width, height } = await sharp(content).metadata();
    expect([width, height]).toEqual([1_536, 2_048]);
  });

  it('stays a PNG, and is a JPEG when it was WebP', async () => {
    const drawn = sharp({ create: { width: 20, height: 20, channels: 4, background: '#00000000' } });
    expect((await clean(await drawn.clone().png().toBuffer())).type).toBe('image/png');
    expect((await clean(await drawn.clone().webp().toBuffer())).type).toBe('image/jpeg');
  });

  it('that unpacks to fill the memory is refused at once', async () => {
    const bytes = bomb();
    expect(bytes.length).toBeLessThan(1_000_000);
    const started = performance.now();
    await expect(clean(bytes)).rejects.toEqual(why('unreadable'));
    expect(performance.now() - started).toBeLessThan(3_000);
  });

  it('cut in the middle, or larger than 5 MiB, is refused', async () => {
    const whole = await photo(800, 800);
    await expect(clean(whole.subarray(0, whole.length / 2))).rejects.toEqual(why('unreadable'));
    await expect(clean(Buffer.concat([whole, Buffer.alloc(5 * 1024 * 1024)]))).rejects.toEqual(why('size'));
  });
});

describe('a voice note', () => {
  it.each([
    ['Opus', voice, 'audio/ogg'],
    ['MP3', mp3, 'audio/mpeg'],
    ['AMR', amr, 'audio/amr'],
  ] as const)('in %s keeps its sound and loses its words', async (_name, make, type) => {
    const cleaned = await clean(make(3));
    expect(cleaned.type).toBe(type);
    expect(cleaned.seconds).toBeGreaterThanOrEqual(3);
    expect(cleaned.seconds).toBeLessThanOrEqual(4);
    expect(cleaned.content.includes(MARK)).toBe(false);
    // Cleaned again it is the same: what was made is whole.
    expect((await clean(cleaned.content)).content.equals(cleaned.content)).toBe(true);
  });

  it('in Opus has every page summed and numbered, and the packets it had', async () => {
    const { content } = await clean(voice(2));
    const numbers: number[] = [];
    for (let at = content.indexOf('OggS'); at !== -1; at = content.indexOf('OggS', at + 4)) {
      const next = content.indexOf('OggS', at + 4);
      const page = content.subarray(at, next === -1 ? undefined : next);
      expect(page.readUInt32LE(22)).toBe(sumOf(page));
      numbers.push(page.readUInt32LE(18));
    }
    expect(numbers).toEqual([0, 1, 2, 3]);
    expect(content.subarray(-40).equals(Buffer.alloc(40, 51))).toBe(true);
  });

  it.each([
    ['Opus', voice],
    ['MP3', mp3],
    ['AMR', amr],
  ] as const)('in %s of two minutes is taken, and a longer one is not', async (_name, make) => {
    expect((await clean(make(119))).seconds).toBeGreaterThan(100);
    await expect(clean(make(131))).rejects.toEqual(why('length'));
  });

  it('with an altered page is refused', async () => {
    const bytes = voice(1);
    bytes.writeUInt8(0xee, bytes.length - MARK.length - 10);
    await expect(clean(bytes)).rejects.toEqual(why('unreadable'));
  });
});

describe('all else', () => {
  it.each([
    ['a PDF', pdf()],
    ['a HEIC', heic()],
    ['an SVG', svg()],
    ['a page of HTML', Buffer.from('<html><script>alert(1)</script></html>')],
    [
      'an MP4',
      Buffer.concat([
        Buffer.from('00000018', 'hex'),
        Buffer.from('ftypisom\0\0\0\0isommp42'),
        Buffer.alloc(99),
      ]),
    ],
    ['a program', Buffer.from('4d5a90000300000004000000ffff0000', 'hex')],
    ['nothing', Buffer.alloc(0)],
  ])('%s is not taken', async (_name, bytes) => {
    await expect(clean(bytes)).rejects.toEqual(why('kind'));
  });
});
