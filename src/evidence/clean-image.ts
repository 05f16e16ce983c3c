/** A photo drawn anew: only its pixels are kept, upright and no larger than a screen needs. */
import type { Cleaned } from './clean.ts';
import { Refused } from './refused.ts';

export type ImageFormat = 'jpeg' | 'png' | 'webp';

/** Pixels a side; a document photographed whole stays readable. */
const LONGEST_SIDE = 2_048;

/** More pixels than a telephone's camera has: a small file that unpacks to them is made to fill memory. */
const MOST_PIXELS = 60_000_000;

const SECONDS = 10;

/** Throws Refused. */
export async function cleanImage(bytes: Buffer, format: ImageFormat): Promise<Cleaned> {
  // Loaded with the first photo: it takes a while, and most processes never see one.
  const { default: sharp } = await import('sharp');
  // One photo at a time and one core for it: the turns go on meanwhile.
  sharp.concurrency(1);
  sharp.cache(false);
  try {
    const image = sharp(bytes, { limitInputPixels: MOST_PIXELS, failOn: 'error', pages: 1, animated: false });
    const found = await image.metadata();
    if (found.format !== format) throw new Refused('unreadable');
    const drawn = image
      .autoOrient()
      .resize({ width: LONGEST_SIDE, height: LONGEST_SIDE, fit: 'inside', withoutEnlargement: true })
      .toColorspace('srgb')
      .timeout({ seconds: SECONDS });
    // Metadata is left out unless asked for.
    if (format === 'png') return { content: await drawn.png().toBuffer(), type: 'image/png' };
    const content = await drawn.flatten({ background: '#ffffff' }).jpeg({ quality: 85 }).toBuffer();
    return { content, type: 'image/jpeg' };
  } catch (error) {
    if (error instanceof Refused) throw error;
    throw new Refused('unreadable');
  }
}
