/** Help: the keys, and what to say on the telephone, in the caller's language (console.md §7). */
import type { ConsolePage } from '../deps.ts';
import { sendPage } from '../respond.tsx';
import { shortcutsOf } from '../shortcuts.ts';
import { ShortcutList } from '../ui/layout.tsx';
import { Card } from '../ui/lists.tsx';
import { InLanguage } from '../ui/parts.tsx';
import { useVisit, useWords } from '../ui/visit-context.ts';
import { visitOf } from '../visit.ts';
import { LANGUAGES, wordsIn } from '../words.ts';

export const helpPage: ConsolePage = {
  routes(router, { profile }) {
    router.get('/help', (_req, res) => {
      const { words: t, staff } = visitOf(res);
      const body = <HelpPage service={profile.service_name} agent={staff?.name} />;
      sendPage(res, { title: t('nav.help'), body });
    });
  },
};

const SCRIPT = ['greet', 'privacy', 'safe', 'failed', 'case', 'sensitive', 'close'] as const;

function HelpPage({
  service,
  agent,
}: {
  service: Readonly<Record<string, string>>;
  agent: string | undefined;
}) {
  const { shortcuts } = useVisit();
  const t = useWords();
  return (
    <>
      <h1>{t('nav.help')}</h1>
      <div class="columns wide-first">
        <Card title={t('script.title')}>
          <p class="hint">{t('script.lead')}</p>
          <table class="table script">
            <caption class="unseen">{t('script.title')}</caption>
            <thead>
              <tr>
                <th scope="col">{t('script.step')}</th>
                {LANGUAGES.map((language) => (
                  <th key={language} scope="col">
                    <InLanguage language={language}>{t(`language.${language}`)}</InLanguage>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {SCRIPT.map((step) => (
                <tr key={step}>
                  <th scope="row">{t(`script.${step}_step`)}</th>
                  {LANGUAGES.map((language) => (
                    <td key={language} data-head={t(`language.${language}`)}>
                      <InLanguage language={language}>
                        {wordsIn(language)(`script.${step}`, {
                          svc: service[language] ?? '',
                          agent: agent ?? '…',
                          ref: '_____',
                          d: '_____',
                        })}
                      </InLanguage>
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </Card>
        <div>
          <Card title={t('keys.title')}>
            <ShortcutList keys={shortcutsOf({ ...shortcuts, off: false })} />
            <p class="hint">{t(shortcuts.off ? 'keys.are_off' : 'keys.lead')}</p>
          </Card>
          <Card title={t('help.trouble')}>
            <ul class="plain-list">
              <li>{t('help.password')}</li>
              <li>{t('help.phone')}</li>
              <li>{t('help.draft')}</li>
            </ul>
          </Card>
        </div>
      </div>
    </>
  );
}
