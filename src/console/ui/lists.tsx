/** Lists of things: tables, tabs, filters and the way to the next page. */
import type { ComponentChildren } from 'preact';
import { Icon } from './icon.tsx';
import { useWords } from './visit-context.ts';

export type Column<Row> = {
  head: string;
  cell: (row: Row) => ComponentChildren;
  /** Numbers stand at the end of their column. */
  isNumber?: boolean;
};

/** On a narrow screen each row becomes a block, its cells labelled by their column. `j` and `k` walk its first links. */
export function Table<Row>(props: {
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  /** The caption is for screen readers only, where a heading stands above. */
  hidesCaption?: boolean;
}) {
  const { caption, columns, rows, keyOf, hidesCaption = true } = props;
  return (
    <table class="table" data-list>
      <caption class={hidesCaption ? 'unseen' : undefined}>{caption}</caption>
      <thead>
        <tr>
          {columns.map(({ head, isNumber }) => (
            <th key={head} scope="col" class={isNumber ? 'number' : undefined}>
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={keyOf(row)} data-list-item>
            {columns.map(({ head, cell, isNumber }) => (
              <td key={head} data-head={head} class={isNumber ? 'number' : undefined}>
                {cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export type Tab = { href: string; label: string; count?: number; isHere: boolean };

export function Tabs({ label, tabs }: { label: string; tabs: readonly Tab[] }) {
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map(({ href, label: text, count, isHere }) => (
        <a key={href} href={href} aria-current={isHere ? 'page' : undefined}>
          {text}
          {count === undefined ? null : <bdi class="tab-count">{count}</bdi>}
        </a>
      ))}
    </nav>
  );
}

/** Fields in a row that narrow a list. What is asked stands in the address: never put a person's data in a filter. */
export function Filters({ action, children }: { action: string; children: ComponentChildren }) {
  const t = useWords();
  return (
    <form method="get" action={action} class="filters">
      {children}
      <button class="button plain" type="submit">
        {t('list.filter')}
      </button>
    </form>
  );
}

export function Pager({ newer, older }: { newer?: string | undefined; older?: string | undefined }) {
  const t = useWords();
  if (newer === undefined && older === undefined) return null;
  return (
    <nav class="pager" aria-label={t('list.pages')}>
      {newer === undefined ? null : (
        <a class="button plain" href={newer}>
          <Icon name="back" />
          {t('list.newer')}
        </a>
      )}
      {older === undefined ? null : (
        <a class="button plain" href={older}>
          {t('list.older')}
          <Icon name="forward" />
        </a>
      )}
    </nav>
  );
}

/** Names and values, e.g. of a case or a person. */
export function Facts({ facts }: { facts: readonly { name: string; value: ComponentChildren }[] }) {
  return (
    <dl class="facts">
      {facts.map(({ name, value }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A titled box. */
export function Card({
  title,
  actions,
  children,
}: {
  title: string;
  actions?: ComponentChildren;
  children: ComponentChildren;
}) {
  return (
    <section class="card">
      <div class="card-head">
        <h2>{title}</h2>
        {actions}
      </div>
      {children}
    </section>
  );
}
