/** What people were promised beside cases: calls with their attempts, messages, kept requests, duties, locked files. */
import type { ComponentChildren } from 'preact';
import { CALL_OUTCOMES, type TaskItem } from '../../../grievances/tasks-work.ts';
import { isOpen, type Calendar } from '../../../profiles/calendar.ts';
import { Button, Form, TextArea } from '../../ui/form.tsx';
import { Badge, Code, Empty, Said, TimeLeft, When } from '../../ui/parts.tsx';
import { useWords } from '../../ui/visit-context.ts';
import { isLanguage } from '../../words.ts';
import { wordFor } from './codes.ts';
import { dueOf, outcomesOf } from './task-words.ts';

export type BoardView = {
  items: readonly TaskItem[];
  names: ReadonlyMap<string, string>;
  calendar: Calendar;
  now: Date;
  /** Below /console. */
  path: '/callbacks' | '/tasks';
  mayOpenContacts: boolean;
};

export function Board({ view }: { view: BoardView }) {
  const t = useWords();
  if (view.items.length === 0) return <Empty title={t('board.empty')} />;
  return (
    <ol class="board" data-list>
      {view.items.map((item) => (
        <li key={item.id} class="card" data-list-item>
          <TaskCard item={item} view={view} />
        </li>
      ))}
    </ol>
  );
}

function TaskCard({ item, view }: { item: TaskItem; view: BoardView }) {
  const t = useWords();
  const { kind, who, slot, attempts, reference, owner, unit, next_at: nextAt, created_at: since } = item;
  const { calendar, now, names } = view;
  const waits = nextAt !== null && nextAt > now;
  return (
    <>
      <div class="board-head">
        <h2 id={`task-${item.id}`}>{wordFor(t, 'board.kind', kind)}</h2>
        {waits ? (
          <Badge icon="clock">
            {t('board.next')} <When at={nextAt} />
          </Badge>
        ) : (
          <TimeLeft due={dueOf(item, calendar)} />
        )}
        {slot === null ? null : <Badge>{wordFor(t, 'board.time', slot)}</Badge>}
        {kind === 'callback' ? <Badge icon="phone">{t('board.attempts', { n: attempts })}</Badge> : null}
        {who === null || who === 'any' ? null : (
          <Badge tone="info" icon="person">
            {wordFor(t, 'board.who', who)}
          </Badge>
        )}
        {isOpen(since, calendar) ? null : (
          <Badge tone="info" icon="clock">
            {t('board.closed_hours')}
          </Badge>
        )}
        {owner === null ? null : (
          <Badge icon="person">
            <bdi>{names.get(owner) ?? t('case.who.other')}</bdi>
          </Badge>
        )}
      </div>
      <p class="hint">
        <When at={since} />
        {isLanguage(item.language) ? ` · ${t(`language.${item.language}`)}` : ''}
        {unit === null ? '' : ` · ${wordFor(t, 'case.unit', unit)}`}
      </p>
      <p class="board-links">
        {item.phone === null ? null : (
          <a class="button quiet" href={`tel:${item.phone}`}>
            <Code>{item.phone}</Code>
          </a>
        )}
        {item.contact !== null && view.mayOpenContacts ? (
          <a class="button quiet" href={`/console/desk/contacts/${item.contact}`}>
            {t('case.person_open')}
          </a>
        ) : null}
        {reference === null ? null : (
          <a class="button quiet" href={`/console/cases/${reference}`}>
            {t('board.case')} <Code>{reference}</Code>
          </a>
        )}
      </p>
      {item.text === null || kind === 'voice' ? null : (
        <Said text={item.text} language={item.language ?? undefined} />
      )}
      <TaskDeeds item={item} path={view.path} />
    </>
  );
}

/** Buttons for what came of a call; for other tasks how they ended, a duty with the answer to the unit that asked. */
function TaskDeeds({ item, path }: { item: TaskItem; path: BoardView['path'] }) {
  const t = useWords();
  const { id, version, kind } = item;
  const called = kind === 'callback' || kind === 'referral';
  return (
    <div class="actions">
      {item.owner === null ? (
        <TaskForm item={item} path={path} deed="claim">
          <Button icon="person" label={`${t('board.claim')}: ${String(id)}`}>
            {t('board.claim')}
          </Button>
        </TaskForm>
      ) : null}
      <details class="deed">
        <summary>{t(called ? 'board.how_called' : 'board.how_done')}</summary>
        <TaskForm item={item} path={path} deed={called ? 'attempt' : 'done'}>
          <input type="hidden" name="kind" value={kind} />
          {kind === 'duty' ? (
            <TextArea
              name="text"
              id={`task-text-${id}-${version}`}
              label={t('board.duty_text')}
              required={false}
              rows={2}
              maxLength={4_000}
            />
          ) : null}
          <div class="actions">
            {(called ? CALL_OUTCOMES : outcomesOf(kind)).map((outcome) => (
              <Button
                key={outcome}
                name="outcome"
                value={outcome}
                kind={outcome === 'reached' ? 'main' : 'plain'}
              >
                {wordFor(t, called ? 'board.call' : 'board.done', outcome)}
              </Button>
            ))}
          </div>
        </TaskForm>
      </details>
    </div>
  );
}

type TaskFormProps = {
  item: TaskItem;
  path: BoardView['path'];
  deed: 'claim' | 'attempt' | 'done';
  children: ComponentChildren;
};

function TaskForm({ item: { id, version }, path, deed, children }: TaskFormProps) {
  return (
    <Form action={`/console/tasks/${String(id)}/${deed}`} class="stack">
      <input type="hidden" name="version" value={version} />
      <input type="hidden" name="back" value={path} />
      {children}
    </Form>
  );
}
