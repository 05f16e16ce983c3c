/** The copy lint for a profile's own words: the same rules as for the catalogue, with the longest values filled in. */
import type { ProfileFile } from './schema.ts';
import type { Finding } from './checks.ts';

/** What the lint must know of the catalogue and of the network; given, so that a profile needs neither. */
export type Copy = {
  /** Language -> key -> text. */
  catalogue: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Characters that do not fit the 7-bit alphabet of GSM. */
  offenders(text: string): string[];
  /** Parts that a text message of these words needs. */
  segments(text: string): number;
};

/** Lists that a registry's own codes extend; other keys must be the catalogue's. */
const OPEN_FAMILIES = /^(why|doc|need|cat|currency|ap\.why)\.[A-Za-z][\w-]*$/;

const PLACEHOLDER = /\{\{(\w+)\}\}/gu;

/** The longest values that the catalogue is written for (dialogs.md). */
const LONGEST: Readonly<Record<string, string>> = {
  d: '31/12/2026',
  d2: '31/12/2026',
  dd: '31/12',
  ref: '48217739',
  ref2: '48217739',
  amt: '1,250,000 IQD',
  n: '30',
  h1: '08:00',
  h2: '16:00',
};

const LINK = /https?:|www\.|bit\.ly|\.com\b/iu;
const SECRET =
  /(?:send|enter|type|give|tell|envoyez|entrez|tapez|donnez|أرسلوا|أدخلوا)[^.\n]{0,25}(?:\bPIN\b|password|code secret|mot de passe|الرقم السري)/iu;
const HURRY = /last chance|dernière chance|hurry|urgent|عاجل|آخر فرصة/iu;

/** Bidi hazards: what a right-to-left line turns around. */
const TURNED = /\d[ -]\d|[+$]\d|[()[\]]/u;

export function wordingChecks(file: ProfileFile, copy: Copy): Finding[] {
  return Object.entries(file.wording).flatMap(([language, texts]) =>
    Object.entries(texts).flatMap(([key, text]) => {
      const why = problemOf(file, language, key, text, copy);
      return why === undefined ? [] : [{ path: ['wording', language, key], message: why }];
    }),
  );
}

function problemOf(
  file: ProfileFile,
  language: string,
  key: string,
  text: string,
  copy: Copy,
): string | undefined {
  const usual = copy.catalogue[language]?.[key] ?? copy.catalogue['en']?.[key];
  if (usual === undefined && !OPEN_FAMILIES.test(key))
    return `is not a text of the catalogue: see locales/en.json`;
  const known = new Set(['svc', 'code', 'hot', 'hot2', 'chl', 'sender', 'place', ...namesIn(usual ?? '')]);
  if (known.has('d')) known.add('dd');
  const unknown = namesIn(text).find((name) => !known.has(name));
  if (unknown !== undefined)
    return `names {{${unknown}}}, which this text is never given; it may name ${[...known].sort().join(', ')}`;
  if (LINK.test(text))
    return 'has a link: write a service code or a number to call, since fraud comes by links';
  if (SECRET.test(text)) return 'asks for a PIN or password: this service never does';
  if (HURRY.test(text)) return 'hurries people: say the date instead';
  const filled = text.replace(PLACEHOLDER, (_, name: string) => valueOf(file, language, name));
  const script = language === 'ar' || /[\u0590-\u08ff]/u.test(text) ? 'arabic' : 'other';
  if (script === 'arabic' && TURNED.test(text))
    return 'is shown in the wrong order in a right-to-left line: write no brackets, + or $, and no two numbers beside each other';
  const usualIsPlain = usual !== undefined && copy.offenders(usual).length === 0;
  const outside = usualIsPlain ? copy.offenders(text) : [];
  if (outside.length > 0)
    return `has ${outside.join(' ')}, which halves the room of the whole text: write it without`;
  return tooLong(file, key, filled, copy);
}

function tooLong(file: ProfileFile, key: string, filled: string, copy: Copy): string | undefined {
  const plain = copy.offenders(filled).length === 0;
  const { limits } = file;
  const [room, unit] = plain ? [limits.ussd.gsm7, 'characters'] : [limits.ussd.ucs2, 'units'];
  if (key.startsWith('sms.')) {
    const most = plain ? 1 : 2;
    const parts = copy.segments(filled);
    return parts > most
      ? `needs ${parts} text messages with the longest values; at most ${most}: write less`
      : undefined;
  }
  return filled.length > room
    ? `has ${filled.length} ${unit} with the longest values; at most ${room} fit on a screen: write less`
    : undefined;
}

function namesIn(text: string): string[] {
  return [...text.matchAll(PLACEHOLDER)].map(([, name]) => name ?? '');
}

function valueOf(file: ProfileFile, language: string, name: string): string {
  const { channels, hotline, service_name } = file;
  const own: Record<string, string | undefined> = {
    svc: service_name[language],
    code: channels.ussd.code,
    hot: hotline.number,
    hot2: hotline.danger,
    chl: hotline.child ?? hotline.danger,
    sender: channels.sms.sender ?? hotline.number,
  };
  return own[name] ?? LONGEST[name] ?? (language === 'ar' ? 'x'.repeat(12) : 'x'.repeat(18));
}
