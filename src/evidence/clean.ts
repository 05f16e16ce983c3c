/** What may be kept of a content: told by its bytes, made anew without what it says beside picture and sound. */
import { fileTypeFromBuffer } from 'file-type';
import { cleanAmr } from './clean-amr.ts';
import { cleanImage, type ImageFormat } from './clean-image.ts';
import { cleanMp3 } from './clean-mp3.ts';
import { cleanOpus } from './clean-opus.ts';
import { Refused } from './refused.ts';

const MIB = 1024 * 1024;

/** Bytes: a photo of any telephone, and sound of two minutes in any format that is taken. */
export const LIMITS = { image: 5 * MIB, audio: 16 * MIB } as const;

/** Two minutes of voice (dialogs.md D5), and what a handset adds to them. */
const MOST_SECONDS = 125;

export type Cleaned = {
  content: Buffer;
  /** The type to serve it as. */
  type: 'image/jpeg' | 'image/png' | 'audio/ogg' | 'audio/mpeg' | 'audio/amr';
  /** Of sound. */
  seconds?: number;
};

const IMAGES: Readonly<Record<string, ImageFormat>> = {
  'image/jpeg': 'jpeg',
  'image/png': 'png',
  'image/webp': 'webp',
};

/** Sound without its comments, and how long it is. */
export type Sound = { content: Buffer; seconds: number };

const SOUNDS: Readonly<
  Record<string, { type: Cleaned['type']; clean: (bytes: Buffer) => Sound | undefined }>
> = {
  'audio/ogg; codecs=opus': { type: 'audio/ogg', clean: cleanOpus },
  'audio/mpeg': { type: 'audio/mpeg', clean: cleanMp3 },
  'audio/amr': { type: 'audio/amr', clean: cleanAmr },
};

/** Throws Refused. HEIC, PDF, MP4 and all else that this cannot make anew is not taken. */
export async function clean(bytes: Buffer): Promise<Cleaned> {
  const mime = (await fileTypeFromBuffer(bytes))?.mime ?? '';
  const format = IMAGES[mime];
  if (format) {
    if (bytes.length > LIMITS.image) throw new Refused('size');
    return cleanImage(bytes, format);
  }
  const sound = SOUNDS[mime];
  if (!sound) throw new Refused('kind');
  if (bytes.length > LIMITS.audio) throw new Refused('size');
  const cleaned = sound.clean(bytes);
  if (!cleaned) throw new Refused('unreadable');
  if (cleaned.seconds > MOST_SECONDS) throw new Refused('length');
  return { ...cleaned, seconds: Math.ceil(cleaned.seconds), type: sound.type };
}
