/** The conversation: all channels in one list, the newest at the bottom; USSD sessions folded into one row (console.md S3). */
import type { TimelineItem, TimelineLine } from '../../../desk/timeline.ts';
import { Icon } from '../../ui/icon.tsx';
import { Badge, Code, Empty, Hidden, Said, When } from '../../ui/parts.tsx';
import { useWords } from '../../ui/visit-context.ts';
import { authorOf, FILTERS, KIND_ICON, languageOf, titleOf, toneOf, wordFor } from './timeline-words.ts';

export type TimelineParts = {
  items: readonly TimelineItem[];
  /** Names of staff by key. */
  names: ReadonlyMap<string, string>;
  /** Her language, where the letters do not tell. */
  language: string;
  /** Where older items are; undefined when there are none. */
  older?: string | undefined;
};

/** @param path where this contact's page is, without query */
export function TimelineFilters({ path, query, now }: { path: string; query: URLSearchParams; now: string }) {
  const t = useWords();
  return (
    <nav class="thread-filters" aria-label={t('desk.filter.title')}>
      {FILTERS.map(({ name, word }, index) => {
        const asked = new URLSearchParams(query);
        asked.delete('before');
        if (index === 0) asked.delete('show');
        else asked.set('show', name);
        return (
          <a
            key={name}
            href={`${path}${asked.size > 0 ? `?${asked.toString()}` : ''}`}
            data-digit={index + 1}
            aria-current={name === now ? 'true' : undefined}
          >
            <kbd aria-hidden="true">{index + 1}</kbd>
            {t(word)}
          </a>
        );
      })}
    </nav>
  );
}

/** Kept fresh by itself, and kept at its end while the reader is there. */
export function Thread({ contact, address, ...parts }: TimelineParts & { contact: string; address: string }) {
  const t = useWords();
  return (
    <section
      class="thread"
      id="thread"
      tabIndex={0}
      aria-label={t('desk.timeline')}
      data-live={address}
      data-live-on="message,delivery,case,task,call,conversation"
      data-live-contact={contact}
      data-live-end=""
      data-announce={t('desk.new_item')}
    >
      <Timeline {...parts} />
    </section>
  );
}

export function Timeline({ items, names, language, older }: TimelineParts) {
  const t = useWords();
  return (
    <>
      {older === undefined ? null : (
        <p class="thread-older">
          <a class="button plain" href={older}>
            <Icon name="up" />
            {t('desk.older')}
          </a>
        </p>
      )}
      {items.length === 0 ? (
        <Empty title={t('desk.timeline_empty')} />
      ) : (
        <div role="feed" aria-label={t('desk.timeline')} class="feed">
          {items.map((item, index) => (
            <Item
              key={item.id}
              item={item}
              place={index + 1}
              of={items.length}
              names={names}
              language={language}
            />
          ))}
        </div>
      )}
    </>
  );
}

function Item(props: {
  item: TimelineItem;
  place: number;
  of: number;
  names: ReadonlyMap<string, string>;
  language: string;
}) {
  const { item, place, of, names, language } = props;
  const t = useWords();
  const id = `item-${item.id.replaceAll(/[^\w-]/g, '-')}`;
  const { kind, direction, author, state, reason, text, lines, session, reference } = item;
  return (
    <article
      id={id}
      class={`item ${kind} ${direction ?? ''}`}
      tabIndex={-1}
      aria-labelledby={`${id}-h`}
      aria-posinset={place}
      aria-setsize={of}
    >
      <p class="item-head" id={`${id}-h`}>
        <Icon name={KIND_ICON[kind]} />
        <strong>{titleOf(t, item)}</strong>
        {author === 'citizen' && kind !== 'note' ? null : (
          <bdi class="item-author">{authorOf(t, author, names)}</bdi>
        )}
        <When at={item.at} />
        {state === undefined ? null : (
          <Badge tone={toneOf(state)}>
            {wordFor(t, kind === 'lookup' ? 'desk.look' : 'desk.state', state)}
            {reason === undefined ? '' : ` · ${wordFor(t, 'desk.reason', reason)}`}
          </Badge>
        )}
        {reference === undefined ? null : (
          <a href={`/console/cases/${reference}`}>
            <Code>{reference}</Code>
          </a>
        )}
      </p>
      {text === undefined ? null : <Said text={text} language={languageOf(text, language)} />}
      {item.hidden ? <Hidden why={t('desk.hidden_until')} /> : null}
      <ItemFacts item={item} />
      {lines ? <Session id={id} lines={lines} session={session} language={language} /> : null}
    </article>
  );
}

function Session(props: {
  id: string;
  lines: readonly TimelineLine[];
  session: TimelineItem['session'];
  language: string;
}) {
  const { id, lines, session, language } = props;
  const t = useWords();
  const { steps = 0, seconds = 0, leftAt } = session ?? {};
  return (
    <details class="session" id={`${id}-s`}>
      <summary>
        {t('desk.session', { steps, seconds })}
        {leftAt === undefined
          ? ''
          : ` · ${t('desk.session_last', { dialog: wordFor(t, 'desk.dialog', leftAt) })}`}
      </summary>
      <ol class="session-lines">
        {lines.map((line, index) => (
          <li key={index} class={line.direction}>
            <span class="unseen">{t(line.direction === 'in' ? 'desk.from_her' : 'desk.screen')}</span>
            {line.text === undefined ? (
              <Hidden why={t('desk.hidden_until')} />
            ) : (
              <Said text={line.text} language={languageOf(line.text, language)} />
            )}
          </li>
        ))}
      </ol>
    </details>
  );
}

/** Amounts, places, programmes: what a row knows beside its words. */
function ItemFacts({ item: { kind, facts } }: { item: TimelineItem }) {
  const t = useWords();
  if (!facts) return null;
  const value = (name: string): string | undefined => {
    const one = facts[name];
    return one === null || one === undefined || one === '' ? undefined : String(one);
  };
  const said: (string | undefined)[] =
    kind === 'payment'
      ? [join(value('amount'), value('currency')), value('programme'), value('period'), value('place')]
      : kind === 'case'
        ? [wordFor(t, 'desk.event', value('event') ?? ''), wordFor(t, 'case.cat', value('category') ?? '')]
        : kind === 'status'
          ? [value('programme'), value('since')]
          : kind === 'call'
            ? [value('seconds') === undefined ? undefined : t('desk.seconds', { n: value('seconds') ?? '' })]
            : [value('promised_on'), value('partner')];
  const shown = said.filter((one) => one !== undefined);
  if (shown.length === 0) return null;
  return (
    <p class="item-facts">
      {shown.map((one) => (
        <bdi key={one}>{one}</bdi>
      ))}
    </p>
  );
}

function join(...parts: (string | undefined)[]): string | undefined {
  const whole = parts.filter((part) => part !== undefined).join(' ');
  return whole === '' ? undefined : whole;
}
