/** What was done on a case: who, when, why, and the words that belong to the step. */
import type { HistoryItem } from '../../../grievances/case-detail.ts';
import { Said, When } from '../../ui/parts.tsx';
import { Icon, type IconName } from '../../ui/icon.tsx';
import { useWords } from '../../ui/visit-context.ts';
import { isLanguage } from '../../words.ts';
import { actorName, reasonWords, wordFor } from './codes.ts';

const ICONS: Partial<Record<HistoryItem['kind'], IconName>> = {
  lodged: 'file',
  details: 'message',
  note: 'lock',
  decision: 'check',
  reply: 'message',
  clock: 'clock',
  assigned: 'person',
  feedback: 'message',
  duty: 'out',
  referral: 'out',
};

/** Newest first: the last thing that happened is what one comes for. */
export function History({
  items,
  names,
}: {
  items: readonly HistoryItem[];
  names: ReadonlyMap<string, string>;
}) {
  const t = useWords();
  return (
    <ol class="case-history">
      {[...items].reverse().map((item) => (
        <li key={item.id} class={`step-${item.kind}`}>
          <p class="step-head">
            <Icon name={ICONS[item.kind] ?? 'dot'} />
            <strong>{wordFor(t, 'case.event', item.kind)}</strong>
            {item.to === null ? null : <span>{t(`case.status.${item.to}`)}</span>}
            {item.reason === null ? null : <bdi>{reasonWords(t, item.reason)}</bdi>}
          </p>
          <p class="hint">
            <bdi>{actorName(t, item.actor, names)}</bdi> · <When at={item.at} />
          </p>
          <StepWords words={item.words} />
        </li>
      ))}
    </ol>
  );
}

/** Texts to her stand by language, what she or staff wrote under `text`. */
function StepWords({ words }: { words: HistoryItem['words'] }) {
  if (!words) return null;
  return (
    <>
      {Object.entries(words).map(([name, text]) => (
        <Said key={name} text={text} language={isLanguage(name) ? name : undefined} />
      ))}
    </>
  );
}
