/** The answer: canned replies, what it costs, how a telephone shows it, and what it must not hold (console.md S7). */
import type { CannedReply } from '../../../grievances/canned.ts';
import { HOLD_SECONDS, type HeldReply } from '../../../desk/held-replies.ts';
import { MAX_REPLY, type ChatChannel } from '../../../desk/takeover.ts';
import type { AnswerProblem } from '../../../grievances/answer-check.ts';
import { Button, Form } from '../../ui/form.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Measure, type Price } from '../../ui/measure.tsx';
import { Badge, InLanguage, Notice } from '../../ui/parts.tsx';
import { useVisit, useWords } from '../../ui/visit-context.ts';
import { directionOf, LANGUAGES, type Language } from '../../words.ts';
import { FileFields } from './verification.tsx';
import { contactPath, type ContactView } from './view.ts';

export type ReplyParts = {
  view: ContactView;
  /** Name of whoever has the conversation, when it is somebody else. */
  other: string | undefined;
  canned: readonly { reply: CannedReply; text: string }[];
  /** In which language the canned replies are. */
  language: Language;
  text: string;
  problems: readonly AnswerProblem[];
  held: HeldReply | undefined;
  /** What a part of an SMS costs, where somebody has said so. */
  price: Price | undefined;
  /** Makes a form sent twice one reply. */
  key: string;
};

export function Reply(props: ReplyParts) {
  const { staff } = useVisit();
  const { view, other, held } = props;
  const t = useWords();
  if (held) return <Held view={view} held={held} />;
  if (view.handler && view.handler.staff === staff?.key)
    return <ReplyBox {...props} channel={view.handler.channel} />;
  if (view.handler)
    return (
      <p class="reply">
        <Badge tone="wait" icon="person">
          {t('desk.taken_by', { name: other ?? '' })}
        </Badge>
      </p>
    );
  return <Take view={view} />;
}

/** The dialog answers; an agent may. */
function Take({ view }: { view: ContactView }) {
  const t = useWords();
  const channels: ChatChannel[] = [];
  if (view.contact.channel) channels.push(view.contact.channel);
  if (view.contact.ending !== null && !channels.includes('sms')) channels.push('sms');
  return (
    <Form action={`/console/desk/contacts/${view.contact.key}/take`} class="reply take">
      <FileFields view={view} />
      <span class="hint">{t('desk.dialog_answers')}</span>
      {channels.map((channel, index) => (
        <Button
          key={channel}
          name="channel"
          value={channel}
          icon="message"
          {...(index === 0 ? { shortcut: 'reply' } : {})}
        >
          {t('desk.take_over', { channel: t(`desk.channel.${channel}`) })}
        </Button>
      ))}
    </Form>
  );
}

function Held({ view, held }: { view: ContactView; held: HeldReply }) {
  const t = useWords();
  return (
    <Form action={`/console/desk/contacts/${view.contact.key}/undo`} class="reply held">
      <FileFields view={view} />
      <input type="hidden" name="key" value={held.key} />
      <p role="status">
        <Icon name="clock" /> {t('desk.leaves_soon', { n: HOLD_SECONDS })}{' '}
        <span data-countdown={held.until.toISOString()} data-then-reload="">
          <bdi dir="ltr" />
        </span>
      </p>
      <Button icon="back" shortcut="reply" autofocus>
        {t('desk.undo')}
      </Button>
    </Form>
  );
}

function ReplyBox(props: ReplyParts & { channel: ChatChannel }) {
  const { view, canned, language, text, problems, key, channel, price } = props;
  const t = useWords();
  const { contact } = view;
  return (
    <div class="reply">
      <Canned view={view} canned={canned} language={language} />
      <Form
        action={`/console/desk/contacts/${contact.key}/reply`}
        draft={`reply-${contact.key}`}
        class="reply-form"
        id="reply"
      >
        <FileFields view={view} />
        <input type="hidden" name="key" value={key} />
        <label for="reply-text">
          {t('desk.reply', { channel: t(`desk.channel.${channel}`) })}{' '}
          <span class="hint">
            (<InLanguage language={contact.language}>{t(`language.${contact.language}`)}</InLanguage>)
          </span>
        </label>
        <textarea
          id="reply-text"
          name="text"
          rows={3}
          maxLength={MAX_REPLY}
          dir="auto"
          required
          data-shortcut="reply"
          data-reply
          aria-describedby="reply-checks"
        >
          {text}
        </textarea>
        <div id="reply-checks" aria-live="polite">
          <Problems problems={problems} text={text} />
        </div>
        <div class="reply-send">
          <Button kind="main" icon="message">
            {t('desk.send')}
          </Button>
        </div>
      </Form>
      <Form action={`/console/desk/contacts/${contact.key}/back`} class="hand-back">
        <FileFields view={view} />
        <Button kind="quiet" icon="back">
          {t('desk.hand_back')}
        </Button>
      </Form>
      <Measure
        of="reply-text"
        text={text}
        language={contact.language}
        price={price}
        isCounted={channel === 'sms'}
      />
    </div>
  );
}

/** Each fills the box, here or by its link; it may be changed there. */
function Canned({ view, canned, language }: Pick<ReplyParts, 'view' | 'canned' | 'language'>) {
  const t = useWords();
  return (
    <details class="menu canned" id="canned">
      <summary class="button" data-shortcut="canned">
        <Icon name="down" />
        {t('desk.canned')}
      </summary>
      <div class="menu-body">
        <nav class="languages" aria-label={t('desk.canned_language')}>
          {LANGUAGES.map((one) => (
            <a
              key={one}
              href={contactPath(view.contact.key, view, { reply: one })}
              lang={one}
              dir={directionOf(one)}
              aria-current={one === language ? 'true' : undefined}
            >
              {t(`language.${one}`)}
            </a>
          ))}
        </nav>
        {canned.length === 0 ? <p class="hint">{t('desk.canned_none')}</p> : null}
        <ul data-list>
          {canned.map(({ reply, text }) => (
            <li key={reply.id} data-list-item>
              <a
                class="queue-item"
                href={contactPath(view.contact.key, view, { reply: language, canned: reply.id })}
                data-fills="reply-text"
                lang={language}
                dir={directionOf(language)}
              >
                {text}
              </a>
            </li>
          ))}
        </ul>
      </div>
    </details>
  );
}

/** What stands in the way of sending, each with the words it is about. */
export function Problems(props: {
  problems: readonly AnswerProblem[];
  text: string;
  /** Her language, when this is not it. */
  warnsOf?: Language | undefined;
}) {
  const { problems, text, warnsOf } = props;
  const t = useWords();
  if (problems.length === 0 && warnsOf === undefined) return null;
  return (
    <>
      {problems.length > 0 ? (
        <Notice tone="alarm">
          {problems.map(({ kind, from, until }) => (
            <p key={`${kind}${String(from)}`}>
              {t(`desk.problem.${kind}`)}{' '}
              {kind === 'empty' || kind === 'long' ? null : <bdi class="code">{text.slice(from, until)}</bdi>}
            </p>
          ))}
        </Notice>
      ) : null}
      {warnsOf === undefined ? null : (
        <Notice tone="wait">
          <p>{t('desk.other_language', { language: t(`language.${warnsOf}`) })}</p>
        </Notice>
      )}
    </>
  );
}
