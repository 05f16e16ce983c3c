/** Words for the citizen as her phone will show them, and what they cost. */
import { measureAnswer } from '../../../grievances/answer-check.ts';
import { Badge } from '../../ui/parts.tsx';
import { useWords } from '../../ui/visit-context.ts';
import { directionOf, type Words } from '../../words.ts';

/** A small screen: narrow lines, one size of letters, the direction a feature phone gives the whole text. */
export function Handset({ text, language, caption }: { text: string; language: string; caption: string }) {
  return (
    <figure class="handset">
      <figcaption>{caption}</figcaption>
      <p class="handset-screen" lang={language} dir={directionOf(language)}>
        {text}
      </p>
      <Cost text={text} />
    </figure>
  );
}

/** Units, parts, and which letters make it more than need be. */
export function Cost({ text }: { text: string }) {
  const t = useWords();
  const { units, perSegment, segments, because } = measureAnswer(text);
  return (
    <p class="cost">
      <Badge tone={segments > 1 ? 'wait' : 'plain'} icon="message">
        {t('case.cost', { units, room: segments * perSegment, parts: segments })}
      </Badge>
      {because.length > 0 ? <span class="hint">{becauseOf(t, because)}</span> : null}
    </p>
  );
}

function becauseOf(t: Words, because: readonly string[]): string {
  return t('case.cost_because', { letters: because.slice(0, 6).join(' ') });
}
