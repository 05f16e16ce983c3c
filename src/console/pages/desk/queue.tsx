/** The left pane: what waits for me, what was promised first on top. */
import type { QueueItem } from '../../../desk/queue.ts';
import { Code, Badge, Empty, TimeLeft, When } from '../../ui/parts.tsx';
import { Icon, type IconName } from '../../ui/icon.tsx';
import { useVisit, useWords } from '../../ui/visit-context.ts';
import { contactPath } from './view.ts';

const ICONS: Readonly<Record<QueueItem['kind'], IconName>> = {
  call: 'phone',
  conversation: 'message',
  callback: 'clock',
  task: 'file',
};

/** Kept fresh by itself; `here` is the contact that is open. */
export function QueuePane({ items, here }: { items: readonly QueueItem[]; here?: string | undefined }) {
  const t = useWords();
  return (
    <section class="pane desk-queue" aria-labelledby="queue-title">
      <h2 id="queue-title">{t('desk.queue')}</h2>
      <div
        data-live={`/console/part/desk/queue${here === undefined ? '' : `?here=${here}`}`}
        data-live-on="message,task,call,conversation"
        data-announce={t('desk.queue_changed')}
      >
        <Queue items={items} here={here} />
      </div>
    </section>
  );
}

export function Queue({ items, here }: { items: readonly QueueItem[]; here?: string | undefined }) {
  const { isReady } = useVisit();
  const t = useWords();
  return (
    <>
      {isReady ? null : <p class="hint">{t('desk.not_ready')}</p>}
      {items.length === 0 ? <Empty title={t('desk.queue_empty')} /> : null}
      <ol class="queue-list" data-list>
        {items.map((item) => (
          <li key={item.id} data-list-item>
            <QueueLine item={item} here={here} />
          </li>
        ))}
      </ol>
    </>
  );
}

function QueueLine({ item, here }: { item: QueueItem; here: string | undefined }) {
  const t = useWords();
  const { kind, contact, task, reference, due, since } = item;
  const word = t(task && kind === 'task' ? taskWord(task.kind) : `desk.kind.${kind}`);
  const inside = (
    <>
      <span class="queue-what">
        <Icon name={ICONS[kind]} />
        {word}
        {item.channel && kind === 'conversation' ? ` · ${t(`desk.channel.${item.channel}`)}` : ''}
      </span>
      <span class="queue-when">
        {kind === 'call' || kind === 'conversation' ? (
          <Badge tone={kind === 'call' ? 'alarm' : 'wait'} icon={kind === 'call' ? 'phone' : 'clock'}>
            <When at={since} only="time" />
          </Badge>
        ) : (
          <TimeLeft due={due} />
        )}
        {reference === undefined ? null : <Code>{reference}</Code>}
        {task && task.attempts > 0 ? (
          <span class="hint">{t('desk.attempts', { n: task.attempts })}</span>
        ) : null}
      </span>
    </>
  );
  const href = contact === null ? '/console/callbacks' : contactPath(contact);
  return (
    <a
      class="queue-item"
      href={href}
      aria-current={contact !== null && contact === here ? 'page' : undefined}
    >
      {inside}
    </a>
  );
}

function taskWord(kind: string) {
  switch (kind) {
    case 'kept_request':
      return 'desk.task.kept_request';
    case 'identity_locked':
      return 'desk.task.identity_locked';
    case 'voice':
      return 'desk.task.voice';
    default:
      return 'desk.task.message';
  }
}
