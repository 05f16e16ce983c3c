/** A screen as words, still without a channel: the body, the choices and the keys that lead elsewhere. */
import type { OfferedChoice, Shown } from '../conversation/session.ts';
import type { Texts } from './texts.ts';

/** A line that can be chosen. `id` is the choice's, or `zero`, `call`, `more`. */
export type Line = { id: string; key: string; label: string };

export type Page = {
  /** Empty where the choices speak for themselves. */
  body: string;
  /** Lines at the top of the body that are entries of a list, and are not cut in two. */
  entries?: number;
  choices: Line[];
  /** 8, 9, 0, in this order. */
  navigation: Line[];
  /** The text names a value of this person. */
  personal: boolean;
};

/** `roomy`: a chat shows the fuller labels (`<key>.wa`) where there are any. */
export function toPage(shown: Shown, language: string, texts: Texts, roomy = false): Page {
  const { offered, values } = shown;
  const write = (key: string) => texts.text(language, key, values);
  const label = (key: string) => write(roomy && texts.has(language, `${key}.wa`) ? `${key}.wa` : key);
  const own = (id: string, fallback: string) => {
    const key = `${offered.text}.${id}`;
    return label(texts.has(language, key) ? key : fallback);
  };
  const labelOf = ({ label: named }: OfferedChoice) => {
    if ('text' in named) return label(named.text);
    const item = texts.item(language, named.list, named.item);
    return named.status === undefined ? item : `${item}: ${texts.text(language, `st.${named.status}`)}`;
  };
  const text = shown.notice ?? offered.text;
  const lines = offered.lines ?? [];
  const body = [
    ...(shown.preface ? [write(shown.preface)] : []),
    ...lines.map((line) => texts.text(language, line.text, { facts: line.values })),
    write(text),
  ].join('\n');
  const personal = lines.length > 0 || texts.isPersonal(language, text);
  if (offered.bare) return { body, choices: [], navigation: [], personal };
  return {
    body,
    ...(lines.length > 0 ? { entries: lines.length + (shown.preface ? 1 : 0) } : {}),
    personal,
    choices: offered.choices.map((choice) => ({ id: choice.id, key: choice.key, label: labelOf(choice) })),
    navigation: [
      ...(offered.call ? [{ id: 'call', key: '8', label: own('call', 'nav.call') }] : []),
      ...(offered.more ? [{ id: 'more', key: '9', label: own('more', 'nav.more') }] : []),
      ...(offered.zero ? [{ id: 'zero', key: '0', label: own('zero', `nav.${offered.zero}`) }] : []),
    ],
  };
}

/** A choice as a numbered line: `1.Label`, in Arabic `1 Label` (brackets and dots turn around). */
export function writeLine(line: Line, language: string): string {
  return language === 'ar' ? `${line.key} ${line.label}` : `${line.key}.${line.label}`;
}

/** The page as numbered text. */
export function numbered(page: Page, language: string): string {
  const lines = [...page.choices, ...page.navigation].filter(({ key }) => key !== '');
  return [page.body, ...lines.map((line) => writeLine(line, language))]
    .filter((line) => line !== '')
    .join('\n');
}
