/** Who is calling: questions to read aloud, answers to type; the system judges, nobody sees what is right (console.md S5). */
import { Button, Field, Form, Select } from '../../ui/form.tsx';
import { Badge, InLanguage, Notice } from '../../ui/parts.tsx';
import { Icon } from '../../ui/icon.tsx';
import { useVisit, useWords } from '../../ui/visit-context.ts';
import { wordsIn, type WordKey } from '../../words.ts';
import { useProfile } from './desk-context.ts';
import type { ContactView } from './view.ts';

const TO_PASS = 3;

export function Verification({ view }: { view: ContactView }) {
  const t = useWords();
  const { card, verification, safe, isHere, household } = view;
  if (household === undefined || card === undefined) return <ScriptCard view={view} steps={['greet']} />;
  if (card.level > 0) return <ScriptCard view={view} steps={['case', 'close']} />;
  return (
    <section class="verify" id="verify" aria-labelledby="verify-title">
      <h2 id="verify-title">{t('desk.verify')}</h2>
      {safe ? <Safe view={view} /> : null}
      {!safe && !verification ? <Begin view={view} /> : null}
      {!safe && verification?.state === 'open' ? <Questions view={view} verification={verification} /> : null}
      {verification?.state === 'failed' ? <Failed view={view} /> : null}
      {isHere && !safe ? (
        <Form action={address(view, 'safe')} class="safe-form">
          <FileFields view={view} />
          <Button name="on" value="yes" kind="quiet" icon="warning">
            {t('desk.listening')}
          </Button>
        </Form>
      ) : null}
    </section>
  );
}

const address = ({ contact }: ContactView, deed: string) => `/console/desk/contacts/${contact.key}/${deed}`;

/** What every form carries, so that the page comes back as it was. */
export function FileFields({ view: { household, person } }: { view: ContactView }) {
  return (
    <>
      <input type="hidden" name="household" value={household} />
      <input type="hidden" name="person" value={person} />
    </>
  );
}

function Begin({ view }: { view: ContactView }) {
  const t = useWords();
  const { persons, household, person } = view;
  const here = persons.filter((one) => one.household === household);
  return (
    <Form action={address(view, 'verify')} class="stack">
      <Script view={view} steps={['greet', 'privacy', 'safe']} />
      <input type="hidden" name="household" value={household} />
      {here.length > 1 ? (
        <Select
          name="person"
          label={t('desk.who_speaks')}
          value={person}
          options={here.map((one) => ({
            value: one.person,
            label: `${one.initials} · ${t(`desk.role.${one.role}`)}`,
          }))}
        />
      ) : (
        <input type="hidden" name="person" value={person} />
      )}
      <Button kind="main" icon="lock" shortcut="verify">
        {t('desk.verify_go')}
      </Button>
    </Form>
  );
}

function Questions({
  view,
  verification: { questions },
}: {
  view: ContactView;
  verification: NonNullable<ContactView['verification']>;
}) {
  const { language } = useVisit();
  const t = useWords();
  const hers = view.contact.language;
  const next = questions.find(({ judged }) => judged === undefined);
  const right = questions.filter(({ judged }) => judged === 'right').length;
  return (
    <>
      <p class="hint">{t('desk.verify_lead', { right, needed: TO_PASS })}</p>
      <ol class="questions">
        {questions.map(({ number, text, judged }) => (
          <li key={number} aria-current={number === next?.number ? 'step' : undefined}>
            <span class="question">
              <InLanguage language={hers}>{text[hers]}</InLanguage>
              {hers === language ? null : <span class="hint">{text[language]}</span>}
            </span>
            {judged === undefined ? null : (
              <Badge
                tone={judged === 'right' ? 'good' : judged === 'wrong' ? 'alarm' : 'plain'}
                icon={judged === 'right' ? 'check' : judged === 'wrong' ? 'cross' : 'dot'}
              >
                {t(`desk.judged.${judged}`)}
              </Badge>
            )}
            {number === next?.number ? (
              <Form action={address(view, 'answer')} class="answer">
                <FileFields view={view} />
                <input type="hidden" name="number" value={String(number)} />
                <Field
                  name="said"
                  label={t('desk.answer')}
                  required={false}
                  autocomplete="off"
                  dir="auto"
                  maxLength={100}
                  spellcheck={false}
                  autofocus
                  shortcut="verify"
                />
                <span class="actions">
                  <Button kind="main">{t('desk.judge')}</Button>
                  <Button name="unknown" value="yes">
                    {t('desk.does_not_know')}
                  </Button>
                </span>
              </Form>
            ) : null}
          </li>
        ))}
      </ol>
    </>
  );
}

/** Somebody is listening: nothing of the file may be spoken of. */
function Safe({ view }: { view: ContactView }) {
  const t = useWords();
  return (
    <Notice tone="alarm">
      <p>{t('desk.safe_mode')}</p>
      <Form action={address(view, 'safe')}>
        <FileFields view={view} />
        <Button name="on" value="no" icon="check">
          {t('desk.alone_again')}
        </Button>
      </Form>
    </Notice>
  );
}

function Failed({ view }: { view: ContactView }) {
  const t = useWords();
  return (
    <>
      <Notice tone="alarm">
        <p>{t('desk.failed')}</p>
      </Notice>
      <Script view={view} steps={['failed']} />
      <Form action={address(view, 'callback')}>
        <FileFields view={view} />
        <Button name="to" value="file" icon="phone">
          {t('desk.call_file')}
        </Button>
      </Form>
    </>
  );
}

type Step = 'greet' | 'privacy' | 'safe' | 'failed' | 'case' | 'close';

function ScriptCard({ view, steps }: { view: ContactView; steps: readonly Step[] }) {
  return (
    <section class="verify">
      <Script view={view} steps={steps} />
    </section>
  );
}

/** To read aloud, in her language; in the agent's own beneath. */
function Script({ view: { contact, card }, steps }: { view: ContactView; steps: readonly Step[] }) {
  const { staff, language } = useVisit();
  const { service_name: service } = useProfile();
  const t = useWords();
  const said = (one: typeof language, step: Step) =>
    wordsIn(one)(`script.${step}` satisfies WordKey, {
      svc: service[one] ?? '',
      agent: staff?.name ?? '',
      ref: card?.openCases[0] ?? '…',
      d: '…',
    });
  return (
    <details class="script-lines" open>
      <summary>
        <Icon name="phone" /> {t('desk.say')}
      </summary>
      {steps.map((step) => (
        <p key={step} class="script-line">
          <InLanguage language={contact.language}>{said(contact.language, step)}</InLanguage>
          {contact.language === language ? null : <span class="hint">{said(language, step)}</span>}
        </p>
      ))}
    </details>
  );
}
