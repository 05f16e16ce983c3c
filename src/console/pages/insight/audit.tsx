/** The audit (S13, S14): who looked at whom, by whom, what, about what and when; and the same as CSV. */
import type { Request } from 'express';
import { DateTime } from 'luxon';
import { auditCsv } from '../../../insight/audit-export.ts';
import { readAudit, type AuditFilter, type AuditRow } from '../../../privacy/audit.ts';
import { listStaff } from '../../../staff/accounts.ts';
import type { ConsoleDeps, ConsolePage } from '../../deps.ts';
import { formOf, queryOf } from '../../form.ts';
import { sendPage } from '../../respond.tsx';
import { requires } from '../../session.ts';
import { Button, Field, Form, Select, type Option } from '../../ui/form.tsx';
import { Card, Filters, Pager, Table } from '../../ui/lists.tsx';
import { Code, Empty, When } from '../../ui/parts.tsx';
import { useWords } from '../../ui/visit-context.ts';
import { staffOf, visitOf } from '../../visit.ts';

const ROWS = 50;
const FIELDS = ['actor', 'action', 'subject', 'from', 'until'] as const;
type Asked = Record<(typeof FIELDS)[number], string>;

export const auditPage: ConsolePage = {
  nav: [{ href: '/audit', word: 'nav.audit', permission: 'audit' }],
  routes(router, deps) {
    router.get('/audit', requires('audit'), async (req, res) => {
      const asked = askedOf((name) => textOf(req, name));
      const before = /^\d{1,15}$/.test(textOf(req, 'before')) ? Number(textOf(req, 'before')) : undefined;
      const [found, people] = await Promise.all([
        readAudit(deps.db, {
          ...filterOf(deps, asked),
          ...(before === undefined ? {} : { before }),
          limit: ROWS + 1,
        }),
        peopleOf(deps),
      ]);
      const rows = found.slice(0, ROWS);
      const last = rows.at(-1);
      sendPage(res, {
        title: visitOf(res).words('audit.title'),
        section: '/audit',
        body: (
          <AuditPage
            asked={asked}
            people={people}
            rows={rows}
            older={found.length > ROWS && last ? addressOf(asked, last.id) : undefined}
          />
        ),
      });
    });

    router.post('/audit/export', requires('audit'), async (req, res) => {
      const form = formOf(req);
      const asked = askedOf((name) => form.text(name));
      const people = new Map((await peopleOf(deps)).map(({ value, label }) => [value, label]));
      res.attachment('audit.csv').type('text/csv; charset=utf-8');
      const lines = auditCsv(deps.db, filterOf(deps, asked), {
        by: staffOf(res),
        at: deps.now(),
        nameOf: (actor) => people.get(actor) ?? '',
      });
      for await (const part of lines) res.write(part);
      res.end();
    });
  },
};

function textOf(req: Request, name: string): string {
  return queryOf(req, name).trim().slice(0, 200);
}

function askedOf(read: (name: string) => string): Asked {
  return Object.fromEntries(FIELDS.map((name) => [name, read(name)])) as Asked;
}

/** Days are local ones, the last of them included; what is no day narrows nothing. */
function filterOf({ profile }: ConsoleDeps, asked: Asked): Omit<AuditFilter, 'limit'> {
  const day = (text: string, plus: number): Date | undefined => {
    const at = DateTime.fromISO(text, { zone: profile.calendar.tz });
    return /^\d{4}-\d\d-\d\d$/.test(text) && at.isValid ? at.plus({ days: plus }).toJSDate() : undefined;
  };
  const [from, until] = [day(asked.from, 0), day(asked.until, 1)];
  return {
    ...(asked.actor === '' ? {} : { actor: asked.actor }),
    ...(asked.action === '' ? {} : { action: asked.action }),
    ...(asked.subject === '' ? {} : { subject: asked.subject }),
    ...(from ? { from } : {}),
    ...(until ? { until } : {}),
  };
}

function addressOf(asked: Asked, before: number): string {
  const query = new URLSearchParams(Object.entries(asked).filter(([, value]) => value !== ''));
  query.set('before', String(before));
  return `/console/audit?${query}`;
}

async function peopleOf(deps: ConsoleDeps): Promise<Option[]> {
  const staff = await listStaff(deps, deps.now());
  return staff
    .map(({ key, name }) => ({ value: key, label: name }))
    .sort((a, b) => a.label.localeCompare(b.label));
}

function AuditPage(props: {
  asked: Asked;
  people: readonly Option[];
  rows: readonly AuditRow[];
  older: string | undefined;
}) {
  const { asked, people, rows, older } = props;
  const t = useWords();
  const names = new Map(people.map(({ value, label }) => [value, label]));
  const nameOf = (actor: string) => {
    const name = names.get(actor);
    return name === undefined ? <Code>{actor}</Code> : <bdi>{name}</bdi>;
  };
  return (
    <>
      <h1>{t('audit.title')}</h1>
      <p class="lead">{t('audit.lead')}</p>
      <Filters action="/console/audit">
        <Select
          name="actor"
          label={t('audit.actor')}
          options={people}
          value={asked.actor}
          empty={t('audit.everybody')}
          required={false}
        />
        <Field
          name="action"
          label={t('audit.action')}
          value={asked.action}
          required={false}
          dir="ltr"
          maxLength={60}
        />
        <Field
          name="subject"
          label={t('audit.subject')}
          hint={t('audit.subject_hint')}
          value={asked.subject}
          required={false}
          dir="ltr"
          maxLength={120}
        />
        <Field name="from" label={t('audit.from')} type="date" value={asked.from} required={false} />
        <Field name="until" label={t('audit.until')} type="date" value={asked.until} required={false} />
      </Filters>
      <Card
        title={t('audit.list')}
        actions={
          <Form action="/console/audit/export">
            {FIELDS.map((name) => (
              <input key={name} type="hidden" name={name} value={asked[name]} />
            ))}
            <Button>{t('audit.export')}</Button>
          </Form>
        }
      >
        {rows.length === 0 ? (
          <Empty title={t('audit.none')} />
        ) : (
          <Table
            caption={t('audit.list')}
            rows={rows}
            keyOf={({ id }) => String(id)}
            columns={[
              { head: t('audit.when'), cell: ({ at }) => <When at={at} /> },
              { head: t('audit.actor'), cell: ({ actor }) => nameOf(actor) },
              { head: t('audit.action'), cell: ({ action }) => <Code>{action}</Code> },
              {
                head: t('audit.subject'),
                cell: ({ subject }) =>
                  subject === null ? null : <Subject subject={subject} names={names} />,
              },
              { head: t('audit.purpose'), cell: ({ purpose }) => <bdi>{purpose}</bdi> },
              {
                head: t('audit.details'),
                cell: ({ details }) => (details === null ? null : <Details details={details} />),
              },
            ]}
          />
        )}
        <Pager older={older} />
      </Card>
    </>
  );
}

/** Leads to everything about the same. Keys of people are long and say nothing: their beginning is enough to compare. */
function Subject({ subject, names }: { subject: string; names: ReadonlyMap<string, string> }) {
  const [kind = '', key = ''] = subject.split(':', 2);
  const name = kind === 'staff' ? names.get(key) : undefined;
  const shown = key.length > 12 ? `${kind}:${key.slice(0, 8)}…` : subject;
  return (
    <a href={`/console/audit?${new URLSearchParams({ subject })}`}>
      {name === undefined ? <Code>{shown}</Code> : <bdi>{name}</bdi>}
    </a>
  );
}

function Details({ details }: { details: Record<string, unknown> }) {
  return (
    <span class="audit-details" dir="ltr">
      {Object.entries(details)
        .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
        .join(', ')}
    </span>
  );
}
