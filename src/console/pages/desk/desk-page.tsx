/** My desk: what waits on one side, the conversation in the middle, the person on the other (console.md S2). */
import type { ComponentChildren } from 'preact';
import type { QueueItem } from '../../../desk/queue.ts';
import type { Profile } from '../../../profiles/profile.ts';
import { Button, Confirm, Form, LinkButton, TextArea } from '../../ui/form.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Empty, Notice } from '../../ui/parts.tsx';
import { useWords } from '../../ui/visit-context.ts';
import { DeskContext } from './desk-context.ts';
import { PersonPane, type Shown } from './person.tsx';
import { QueuePane } from './queue.tsx';
import { Reply, type ReplyParts } from './reply.tsx';
import { Thread, TimelineFilters, type TimelineParts } from './timeline.tsx';
import { FileFields, Verification } from './verification.tsx';
import { contactPath, type ContactView } from './view.ts';
import { WrapUpBar } from './wrap-up.tsx';
import type { Interaction } from '../../../desk/interaction.ts';

type Frame = {
  profile: Profile;
  items: readonly QueueItem[];
  current: Interaction | undefined;
  here?: string;
};

/** The desk without a conversation. */
export function EmptyDesk(frame: Frame) {
  const t = useWords();
  return (
    <DeskFrame {...frame}>
      <section class="pane desk-empty">
        <h1>{t('nav.desk')}</h1>
        <Empty title={t('desk.choose')}>
          <p>{t('desk.choose_help')}</p>
        </Empty>
      </section>
      <section class="pane desk-none" aria-hidden="true" />
    </DeskFrame>
  );
}

export type ContactPageProps = {
  frame: Frame;
  view: ContactView;
  thread: TimelineParts & { address: string; query: URLSearchParams; show: string };
  reply: Omit<ReplyParts, 'view'>;
  shown: Shown | undefined;
  ringing: string | undefined;
};

export function ContactPage({ frame, view, thread, reply, shown, ringing }: ContactPageProps) {
  const t = useWords();
  const { contact, current, isHere } = view;
  const { address, query, show, ...parts } = thread;
  return (
    <DeskFrame {...frame} here={contact.key} ringing={ringing}>
      <section class="pane desk-talk" aria-labelledby="talk-title">
        <div class="talk-head">
          <h1 id="talk-title">{t('desk.talk')}</h1>
          <Deeds view={view} formKey={reply.key} />
        </div>
        {current && !isHere ? (
          <Notice tone="wait">
            <p>{t('desk.busy')}</p>
          </Notice>
        ) : null}
        <TimelineFilters path={contactPath(contact.key)} query={query} now={show} />
        <Thread contact={contact.key} address={address} {...parts} />
        <Reply view={view} {...reply} />
      </section>
      <section class="pane desk-person" aria-label={t('desk.person')}>
        <PersonPane view={view} shown={shown} />
        <Verification view={view} />
        <Note view={view} />
      </section>
    </DeskFrame>
  );
}

function DeskFrame({
  profile,
  items,
  current,
  here,
  ringing,
  children,
}: Frame & { ringing?: string | undefined; children: ComponentChildren }) {
  return (
    <DeskContext.Provider value={profile}>
      <div
        class="pop"
        data-live={`/console/part/desk/pop${here === undefined ? '' : `?here=${here}`}`}
        data-live-on="call"
      >
        <Pop ringing={ringing} />
      </div>
      <div class="panes desk">
        <QueuePane items={items} here={here} />
        {children}
      </div>
      <WrapUpBar current={current} here={here} />
    </DeskContext.Provider>
  );
}

/** A call that rings for this agent; the script goes there by itself unless something is being written. */
export function Pop({ ringing }: { ringing: string | undefined }) {
  const t = useWords();
  if (ringing === undefined) return null;
  return (
    <Notice tone="alarm">
      <p>
        <Icon name="phone" /> {t('desk.rings')}{' '}
        <a href={contactPath(ringing)} data-pop="">
          {t('desk.rings_open')}
        </a>
      </p>
    </Notice>
  );
}

/** A complaint, a promise to call back. */
function Deeds({ view, formKey }: { view: ContactView; formKey: string }) {
  const t = useWords();
  const { contact, household, person, card } = view;
  const query = new URLSearchParams({ contact: contact.key });
  // Only who was verified is named in the case.
  if (card && card.level > 0 && household !== undefined) {
    query.set('household', household);
    if (person !== undefined) query.set('person', person);
  }
  return (
    <div class="actions">
      <LinkButton href={`/console/cases/new?${query.toString()}`} kind="main" icon="file" shortcut="case">
        {t('desk.new_case')}
      </LinkButton>
      {contact.ending === null ? null : (
        <Form action={`/console/desk/contacts/${contact.key}/callback`}>
          <FileFields view={view} />
          <input type="hidden" name="key" value={formKey} />
          <Button icon="phone" shortcut="callback">
            {t('desk.call_back')}
          </Button>
        </Form>
      )}
    </div>
  );
}

function Note({ view }: { view: ContactView }) {
  const t = useWords();
  return (
    <Confirm ask={t('desk.note_add')} icon="info">
      <Form
        action={`/console/desk/contacts/${view.contact.key}/note`}
        class="stack"
        draft={`note-${view.contact.key}`}
      >
        <FileFields view={view} />
        <TextArea
          name="text"
          id="note-text"
          label={t('desk.note')}
          hint={t('desk.note_hint')}
          maxLength={4_000}
        />
        <Button>{t('form.save')}</Button>
      </Form>
    </Confirm>
  );
}
