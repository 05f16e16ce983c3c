/** The list of replies written beforehand, filled in for this case: chosen, put into the text, and edited there. */
import { useWords } from '../../ui/visit-context.ts';
import type { CaseView } from './view.ts';

/** With the script the reply goes into the field `into` at once; without it the page comes back with it in place. */
export function CannedReplies(props: { replies: CaseView['replies']; language: string; into: string }) {
  const { replies, language, into } = props;
  const t = useWords();
  const usable = replies.filter(({ texts }) => texts[language] !== undefined);
  if (usable.length === 0) return null;
  return (
    <div class="case-canned">
      <div class="field">
        <label for={`${into}-canned`}>{t('case.canned')}</label>
        <select id={`${into}-canned`} name="canned" data-shortcut="canned">
          <option value="">{t('case.choose')}</option>
          {usable.map(({ key, texts }) => (
            <option key={key} value={key} lang={language} data-text={texts[language]}>
              {shorten(texts[language] ?? '')}
            </option>
          ))}
        </select>
      </div>
      <button
        class="button plain"
        type="submit"
        name="step"
        value="canned"
        formnovalidate
        data-inserts={into}
      >
        {t('case.canned_use')}
      </button>
    </div>
  );
}

function shorten(text: string): string {
  return text.length > 70 ? `${text.slice(0, 69)}…` : text;
}
