/** What a text costs as it is written: alphabet, room, parts, money, the letters that make it dear; and how a phone shows it. */
import { segments, offenders, toGsm7 } from '../../render/measure.ts';
import { directionOf } from '../words.ts';
import { useWords } from './visit-context.ts';

export type Price = { currency: string; amount: string };

/**
 * Stands under a text field. `of`: the id of the field, which page/counter.ts watches; `values`: what the names in
 * double braces stand for when the length is judged, each as long as it gets.
 */
export function Measure(props: {
  of: string;
  text: string;
  language: string;
  values?: Readonly<Record<string, string>>;
  price?: Price | undefined;
  /** False on a channel that does not charge by parts: then it only shows the text. */
  isCounted?: boolean;
}) {
  const { of, text, language, values = {}, price, isCounted = true } = props;
  const t = useWords();
  const filled = fill(text, values);
  const { encoding, units, segments: parts, perSegment } = segments(filled);
  const plain = segments(toGsm7(filled));
  const isDear = isCounted && encoding === 'ucs2' && plain.encoding === 'gsm7';
  const cost = price === undefined ? '' : ` · ${costOf(price, parts)}`;
  return (
    <div
      class="measure"
      data-measures={of}
      data-values={JSON.stringify(values)}
      data-line={t('measure.line')}
      data-because={isCounted ? t('measure.because') : undefined}
      data-price={price?.amount}
      data-currency={price?.currency}
    >
      <p class="hint" data-measure="line" hidden={!isCounted}>
        {t('measure.line', {
          alphabet: encoding === 'gsm7' ? 'GSM-7' : 'UCS-2',
          units,
          room: parts * perSegment,
          parts,
        })}
        {cost}
      </p>
      <p class="dear" data-measure="because" hidden={!isDear}>
        {isDear
          ? t('measure.because', {
              parts,
              letters: offenders(filled).join(' '),
              plain: plain.segments,
            })
          : ''}
      </p>
      <div class="phone" aria-label={t('measure.preview')} role="group">
        <p class="said" data-measure="preview" lang={language} dir={directionOf(language)}>
          {filled}
        </p>
      </div>
    </div>
  );
}

function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{\{\s*(\w+)\s*\}\}/gu, (all, name: string) => values[name] ?? all);
}

/** For the eye only: what is charged is counted elsewhere, by the carrier. */
function costOf({ amount, currency }: Price, parts: number): string {
  return `${String(Number((Number(amount) * parts).toFixed(6)))} ${currency}`;
}
