/** Around every page: how to skip, search, move, change language and theme, get help, and leave. */
import type { ComponentChildren } from 'preact';
import { SHORTCUTS, keyCap, shortcutsOf } from '../shortcuts.ts';
import { directionOf, LANGUAGES } from '../words.ts';
import { Button, Form } from './form.tsx';
import { Icon } from './icon.tsx';
import { InLanguage, Key, Notice } from './parts.tsx';
import { useVisit, useWords } from './visit-context.ts';

type PageProps = {
  title: string;
  section?: string | undefined;
  goesOnTo?: string;
  shape?: 'page' | 'desk' | 'narrow';
  children: ComponentChildren;
};

export function Page({ title, section, shape = 'page', goesOnTo, children }: PageProps) {
  const { language, theme, assets, staff, shortcuts, sessionLeft, flash, announcement } = useVisit();
  const t = useWords();
  return (
    <html lang={language} dir={directionOf(language)} data-theme={theme}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        {goesOnTo === undefined ? null : <meta http-equiv="refresh" content={`0;url=${goesOnTo}`} />}
        <meta name="color-scheme" content={theme === 'auto' ? 'light dark' : theme} />
        <title>{`${title} · ${t('app.name')}`}</title>
        <link rel="icon" href={assets.icon} type="image/svg+xml" />
        <link rel="stylesheet" href={assets.css} />
        <script type="module" src={assets.script} />
      </head>
      <body
        class={`shape-${shape}`}
        data-shortcuts={staff ? JSON.stringify(shortcutsOf(shortcuts)) : undefined}
        data-session-left={
          staff && sessionLeft !== undefined ? String(Math.floor(sessionLeft / 1_000)) : undefined
        }
      >
        <a class="skip" href="#main">
          {t('app.skip')}
        </a>
        {staff ? <TopBar section={section} /> : <Doorway />}
        {announcement === undefined ? null : (
          <section class="announcement" aria-label={t('announce.title')}>
            <Icon name="message" /> <p dir="auto">{announcement}</p>
          </section>
        )}
        <main id="main" tabIndex={-1}>
          {flash ? (
            <Notice tone={flash.tone === 'ok' ? 'good' : 'alarm'}>
              <p>{flash.text}</p>
            </Notice>
          ) : null}
          {children}
        </main>
        <p class="unseen" id="said" aria-live="polite" />
        <noscript>
          <p class="noscript">{t('app.no_script')}</p>
        </noscript>
        {staff ? <SessionEnding /> : null}
        {staff ? <ShortcutHelp /> : null}
      </body>
    </html>
  );
}

function Brand() {
  const t = useWords();
  return (
    <a class="brand" href="/console/">
      <svg
        viewBox="0 0 24 24"
        width="22"
        height="22"
        fill="none"
        stroke="currentColor"
        stroke-width="2"
        aria-hidden="true"
      >
        <path d="M5.5 5.5h13v13h-13zM12 2.8l9.2 9.2-9.2 9.2L2.8 12z" />
      </svg>
      <span>{t('app.name')}</span>
    </a>
  );
}

/** Before sign-in: the name, the languages, help in its place. */
function Doorway() {
  return (
    <header class="top">
      <div class="top-row">
        <Brand />
        <div class="top-end">
          <LanguageLinks />
          <HelpLink />
        </div>
      </div>
    </header>
  );
}

function TopBar({ section }: { section: string | undefined }) {
  const { nav, staff } = useVisit();
  const t = useWords();
  const searches = staff?.roles.some(
    (role) => role !== 'admin' && role !== 'content_manager' && role !== 'auditor',
  );
  return (
    <header class="top">
      <div class="top-row">
        <Brand />
        {searches ? <SearchBox /> : <span class="search" />}
        <div class="top-end">
          <ReadySwitch />
          <HelpLink />
          <AccountMenu />
        </div>
      </div>
      <nav class="sections" aria-label={t('nav.label')}>
        {nav.map(({ href, word }) => (
          <a key={href} href={`/console${href}`} aria-current={href === section ? 'page' : undefined}>
            {t(word)}
          </a>
        ))}
      </nav>
    </header>
  );
}

/** Posts, since what is looked for is a person's name or number: it may not stand in an address. */
function SearchBox() {
  const t = useWords();
  return (
    <search class="search">
      <Form action="/console/search">
        <label for="search-box" class="unseen">
          {t('search.label')}
        </label>
        <Icon name="search" />
        <input
          id="search-box"
          name="query"
          type="search"
          dir="auto"
          autocomplete="off"
          maxLength={120}
          placeholder={t('search.placeholder')}
          data-shortcut="search"
        />
        <span class="search-key">
          <Key>/</Key>
        </span>
        <button class="unseen" type="submit" tabIndex={-1}>
          {t('search.go')}
        </button>
      </Form>
    </search>
  );
}

function ReadySwitch() {
  const { isReady, staff, here } = useVisit();
  const t = useWords();
  if (!staff?.roles.some((role) => role === 'agent' || role === 'vendor_agent' || role === 'supervisor'))
    return null;
  return (
    <Form action="/console/ready" class="ready">
      <input type="hidden" name="back" value={here} />
      <button
        class={isReady ? 'switch on' : 'switch'}
        type="submit"
        name="ready"
        value={isReady ? 'no' : 'yes'}
        role="switch"
        aria-checked={isReady}
      >
        <Icon name={isReady ? 'check' : 'clock'} />
        {t(isReady ? 'ready.on' : 'ready.off')}
      </button>
    </Form>
  );
}

function HelpLink() {
  const t = useWords();
  return (
    <a class="button quiet" href="/console/help">
      <Icon name="help" />
      <span class="wide">{t('nav.help')}</span>
    </a>
  );
}

function AccountMenu() {
  const { staff, here, theme, language } = useVisit();
  const t = useWords();
  return (
    <details class="menu">
      <summary class="button quiet">
        <Icon name="person" />
        <bdi class="menu-name">{staff?.name}</bdi>
        <Icon name="down" />
      </summary>
      <div class="menu-body">
        <p class="menu-roles">{staff?.roles.map((role) => t(`role.${role}`)).join(' · ')}</p>
        <Form action="/console/preferences">
          <input type="hidden" name="back" value={here} />
          <p class="menu-title" id="menu-language">
            {t('menu.language')}
          </p>
          <div class="segments" role="group" aria-labelledby="menu-language">
            {LANGUAGES.map((one) => (
              <button key={one} type="submit" name="language" value={one} aria-pressed={one === language}>
                <InLanguage language={one}>{t(`language.${one}`)}</InLanguage>
              </button>
            ))}
          </div>
          <p class="menu-title" id="menu-theme">
            {t('menu.theme')}
          </p>
          <div class="segments" role="group" aria-labelledby="menu-theme">
            {(['light', 'dark', 'auto'] as const).map((one) => (
              <button key={one} type="submit" name="theme" value={one} aria-pressed={one === theme}>
                {t(`theme.${one}`)}
              </button>
            ))}
          </div>
        </Form>
        <a class="menu-link" href="/console/account">
          <Icon name="settings" />
          {t('nav.account')}
        </a>
        <Form action="/console/sign-out">
          <button class="menu-link" type="submit" data-clears-drafts>
            <Icon name="out" />
            {t('menu.sign_out')}
          </button>
        </Form>
      </div>
    </details>
  );
}

function LanguageLinks() {
  const { language, here } = useVisit();
  const t = useWords();
  const address = new URL(here, 'http://console');
  return (
    <nav class="languages" aria-label={t('menu.language')}>
      {LANGUAGES.map((one) => {
        address.searchParams.set('lang', one);
        return (
          <a
            key={one}
            href={`${address.pathname}${address.search}`}
            lang={one}
            dir={directionOf(one)}
            aria-current={one === language ? 'true' : undefined}
          >
            {t(`language.${one}`)}
          </a>
        );
      })}
    </nav>
  );
}

/** Opened by the script two minutes before the session ends: Enter is enough to go on (WCAG 2.2.1). */
function SessionEnding() {
  const t = useWords();
  return (
    <dialog
      id="session-ending"
      class="dialog"
      aria-labelledby="session-ending-title"
      data-signed-out={t('session.over')}
    >
      <Form action="/console/session">
        <h2 id="session-ending-title">{t('session.title')}</h2>
        <p>{t('session.ends')}</p>
        <p class="countdown">
          <Icon name="clock" /> <bdi dir="ltr" id="session-clock" />
        </p>
        <div class="actions">
          <Button kind="main" autofocus>
            {t('session.stay')}
          </Button>
        </div>
      </Form>
    </dialog>
  );
}

function ShortcutHelp() {
  const { shortcuts } = useVisit();
  const t = useWords();
  return (
    <dialog id="shortcut-help" class="dialog" aria-labelledby="shortcut-help-title">
      <h2 id="shortcut-help-title">{t('keys.title')}</h2>
      <ShortcutList keys={shortcutsOf({ ...shortcuts, off: false })} />
      <form method="dialog" class="actions">
        <button class="button main" type="submit">
          {t('dialog.close')}
        </button>
      </form>
    </dialog>
  );
}

export function ShortcutList({ keys }: { keys: Record<string, string> }) {
  const t = useWords();
  return (
    <dl class="keys">
      {SHORTCUTS.map(({ name, code, word }) => (
        <div key={name}>
          <dt>
            <Key>{keyCap(keys[name] ?? code).toLowerCase()}</Key>
          </dt>
          <dd>{t(word)}</dd>
        </div>
      ))}
      <div>
        <dt>
          <Key>?</Key>
        </dt>
        <dd>{t('keys.help')}</dd>
      </div>
    </dl>
  );
}
