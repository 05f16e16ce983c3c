/** The protection officer's own pages: whom to call and how safely, and what was done. Nothing here names the matter. */
import type { ComponentChildren } from 'preact';
import type { PrivateDetail, PrivateRow } from '../../../grievances/private-work.ts';
import { CALL_OUTCOMES } from '../../../grievances/tasks-work.ts';
import { Button, Confirm, Field, Form, Select, TextArea } from '../../ui/form.tsx';
import { Card, Facts, Table } from '../../ui/lists.tsx';
import { Badge, Code, Empty, Notice, Said, TimeLeft, When } from '../../ui/parts.tsx';
import { useWords } from '../../ui/visit-context.ts';
import { isLanguage } from '../../words.ts';
import { wordFor } from './codes.ts';

type Names = ReadonlyMap<string, string>;

export function PrivateList({ rows, names }: { rows: readonly PrivateRow[]; names: Names }) {
  const t = useWords();
  if (rows.length === 0) return <Empty title={t('board.empty')} />;
  return (
    <Table
      caption={t('board.nav.private')}
      rows={rows}
      keyOf={({ id }) => id}
      columns={[
        {
          head: t('board.by_when'),
          cell: (row) => (
            <a href={`/console/private/${row.id}`}>
              <TimeLeft due={row.next_at ?? row.contact_by} />
            </a>
          ),
        },
        { head: t('case.lodged'), cell: (row) => <When at={row.created_at} /> },
        { head: t('board.tries'), cell: (row) => t('board.attempts', { n: row.attempts }) },
        {
          head: t('case.owner'),
          cell: ({ owner }) =>
            owner === null ? t('case.nobody') : <bdi>{names.get(owner) ?? t('case.who.other')}</bdi>,
        },
      ]}
    />
  );
}

export function PrivatePage({
  found,
  names,
  problem,
}: {
  found: PrivateDetail;
  names: Names;
  problem?: string | undefined;
}) {
  const t = useWords();
  const { call, state } = found;
  return (
    <>
      <header class="case-head">
        <h1>{t('board.private.title')}</h1>
        {state === 'open' ? (
          <TimeLeft due={found.next_at ?? found.contact_by} />
        ) : (
          <Badge>{t(`board.private.${state}`)}</Badge>
        )}
        <Badge icon="phone">{t('board.attempts', { n: found.attempts })}</Badge>
      </header>
      {problem === undefined ? null : (
        <Notice tone="alarm">
          <p>{problem}</p>
        </Notice>
      )}
      <div class="columns wide-first">
        <div>
          <Card title={t('board.private.contact')}>
            <Facts
              facts={[
                {
                  name: t('board.private.phone'),
                  value:
                    call.phone === null ? (
                      t('board.private.no_phone')
                    ) : (
                      <a href={`tel:${call.phone}`}>
                        <Code>{call.phone}</Code>
                      </a>
                    ),
                },
                {
                  name: t('case.language'),
                  value: isLanguage(call.language) ? t(`language.${call.language}`) : call.language,
                },
                {
                  name: t('board.private.time'),
                  value:
                    call.time === null ? t('board.private.not_asked') : wordFor(t, 'board.time', call.time),
                },
                {
                  name: t('board.private.who'),
                  value: call.who === null ? t('board.private.not_asked') : wordFor(t, 'board.who', call.who),
                },
              ]}
            />
            <p class="hint">{t('board.private.rule')}</p>
          </Card>
          <Card title={t('board.private.steps')}>
            <ol class="case-history">
              {[...found.steps].reverse().map((step, index) => (
                <li key={`${step.at.toISOString()}-${String(index)}`}>
                  <p class="step-head">
                    <strong>{wordFor(t, 'board.step', step.kind)}</strong>
                  </p>
                  <p class="hint">
                    <bdi>{step.staff === null ? '' : (names.get(step.staff) ?? t('case.who.other'))}</bdi> ·{' '}
                    <When at={step.at} />
                  </p>
                  {Object.entries(step.words ?? {}).map(([name, text]) => (
                    <Said key={name} text={name === 'outcome' ? wordFor(t, 'board.call', text) : text} />
                  ))}
                </li>
              ))}
            </ol>
          </Card>
        </div>
        <PrivateDeeds found={found} />
      </div>
    </>
  );
}

function PrivateDeeds({ found }: { found: PrivateDetail }) {
  const t = useWords();
  const form = { id: found.id, version: found.version };
  if (found.state !== 'open')
    return (
      <Card title={t('case.deeds')}>
        <PrivateForm {...form} deed="reopen">
          <Button>{t('case.deed.reopen')}</Button>
        </PrivateForm>
      </Card>
    );
  return (
    <Card title={t('case.deeds')}>
      <div class="deeds">
        <h3>{t('board.how_called')}</h3>
        <PrivateForm {...form} deed="attempt">
          <div class="actions">
            {CALL_OUTCOMES.map((outcome) => (
              <Button
                key={outcome}
                name="outcome"
                value={outcome}
                kind={outcome === 'reached' ? 'main' : 'plain'}
              >
                {wordFor(t, 'board.call', outcome)}
              </Button>
            ))}
          </div>
        </PrivateForm>
        <details class="deed">
          <summary>{t('board.private.safe')}</summary>
          <PrivateForm {...form} deed="safe">
            <Field
              name="phone"
              type="tel"
              label={t('board.private.phone')}
              required={false}
              dir="ltr"
              maxLength={20}
              autocomplete="off"
            />
            <Select
              name="time"
              label={t('board.private.time')}
              required={false}
              empty={t('case.none')}
              options={['any', 'morning', 'midday', 'afternoon', 'evening'].map((value) => ({
                value,
                label: wordFor(t, 'board.time', value),
              }))}
            />
            <Select
              name="who"
              label={t('board.private.who')}
              required={false}
              empty={t('case.none')}
              options={['any', 'woman', 'man'].map((value) => ({
                value,
                label: wordFor(t, 'board.who', value),
              }))}
            />
            <Field
              name="codeWord"
              label={t('board.private.code_word')}
              required={false}
              maxLength={60}
              dir="auto"
              autocomplete="off"
            />
            <Field
              name="place"
              label={t('board.private.place')}
              required={false}
              maxLength={200}
              dir="auto"
              autocomplete="off"
            />
            <Button kind="main">{t('form.save')}</Button>
          </PrivateForm>
        </details>
        <details class="deed">
          <summary>{t('board.private.referral')}</summary>
          <PrivateForm {...form} deed="referral">
            <Field name="service" label={t('case.partner')} maxLength={100} dir="auto" autocomplete="off" />
            <TextArea
              name="consent"
              label={t('board.private.consent')}
              hint={t('board.private.consent_hint')}
              rows={2}
              maxLength={500}
            />
            <Button kind="main">{t('form.save')}</Button>
          </PrivateForm>
        </details>
        <details class="deed">
          <summary>{t('case.note')}</summary>
          <PrivateForm {...form} deed="note">
            <TextArea name="text" label={t('case.note')} maxLength={4_000} />
            <Button kind="main">{t('form.save')}</Button>
          </PrivateForm>
        </details>
        <Confirm ask={t('board.private.close')} kind="danger" icon="check">
          <p>{t('board.private.close_hint')}</p>
          <PrivateForm {...form} deed="close">
            <Button kind="danger">{t('board.private.close')}</Button>
          </PrivateForm>
        </Confirm>
      </div>
    </Card>
  );
}

type PrivateFormProps = { id: string; version: number; deed: string; children: ComponentChildren };

/** Without a draft: nothing of this is ever kept in a browser. */
function PrivateForm({ id, version, deed, children }: PrivateFormProps) {
  return (
    <Form action={`/console/private/${id}/${deed}`} class="stack">
      <input type="hidden" name="version" value={version} />
      {children}
    </Form>
  );
}
