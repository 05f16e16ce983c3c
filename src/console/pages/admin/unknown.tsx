/** Messages of which nobody knows whether they left, one by one: who finds out what became of one says it here. */
import { readUnknown, settleUnknown, type UnknownMessage } from '../../../notifications/unknown.ts';
import type { ConsolePage } from '../../deps.ts';
import { formOf } from '../../form.ts';
import { sendPage, sendProblem } from '../../respond.tsx';
import { requires } from '../../session.ts';
import { Button, Confirm, Form } from '../../ui/form.tsx';
import { Card, Table } from '../../ui/lists.tsx';
import { Code, Empty, When } from '../../ui/parts.tsx';
import { useWords } from '../../ui/visit-context.ts';
import { staffOf, visitOf } from '../../visit.ts';

const HERE = '/console/admin/unknown';
const ROWS = 50;

export const unknownPages: ConsolePage = {
  routes(router, { db, now, goTo }) {
    const allowed = requires('team');

    router.get('/admin/unknown', allowed, async (_req, res) => {
      sendPage(res, {
        title: visitOf(res).words('admin.unknown.title'),
        section: '/admin/service',
        body: <UnknownPage messages={await readUnknown(db, { limit: ROWS })} />,
      });
    });

    router.post('/admin/unknown', allowed, async (req, res) => {
      const form = formOf(req);
      const [id, found] = [Number(form.text('id')), form.text('found')];
      if (!Number.isSafeInteger(id) || (found !== 'arrived' && found !== 'lost')) {
        sendProblem(res, 'bad_request');
        return;
      }
      const isSettled = await settleUnknown(db, { id, found, by: staffOf(res).key, at: now() });
      // A delivery report or a colleague was first.
      if (isSettled) goTo(res, HERE, 'flash.saved');
      else sendProblem(res, 'conflict');
    });
  },
};

function UnknownPage({ messages }: { messages: readonly UnknownMessage[] }) {
  const t = useWords();
  return (
    <>
      <h1>{t('admin.unknown.title')}</h1>
      <Card title={t('admin.unknown.oldest', { n: ROWS })}>
        <p class="hint">{t('admin.unknown.lead')}</p>
        {messages.length === 0 ? (
          <Empty title={t('admin.unknown.none')} />
        ) : (
          <Table
            caption={t('admin.unknown.title')}
            rows={messages}
            keyOf={({ id }) => String(id)}
            columns={[
              { head: t('admin.unknown.message'), cell: ({ id }) => <Code>{String(id)}</Code> },
              { head: t('admin.unknown.since'), cell: ({ at }) => <When at={at} /> },
              { head: t('admin.service.kind'), cell: ({ kind }) => t(`admin.service.kind_${kind}`) },
              {
                head: t('admin.service.lane'),
                cell: ({ provider, channel }) => <Code>{provider ?? channel}</Code>,
              },
              { head: t('admin.service.why'), cell: ({ error }) => (error ? <Code>{error}</Code> : '–') },
              {
                head: t('admin.unknown.to'),
                cell: ({ contact }) =>
                  contact === null ? (
                    '–'
                  ) : (
                    <a href={`/console/desk/contacts/${contact}`}>{t('admin.unknown.contact')}</a>
                  ),
              },
              { head: t('admin.unknown.found'), cell: ({ id }) => <Settle id={id} /> },
            ]}
          />
        )}
      </Card>
    </>
  );
}

function Settle({ id }: { id: number }) {
  const t = useWords();
  return (
    <>
      {(['arrived', 'lost'] as const).map((found) => (
        <Confirm key={found} ask={t(`admin.unknown.${found}`)}>
          <p>{t(`admin.unknown.ask_${found}`)}</p>
          <Form action={HERE}>
            <input type="hidden" name="id" value={String(id)} />
            <input type="hidden" name="found" value={found} />
            <Button kind={found === 'lost' ? 'danger' : 'main'}>{t(`admin.unknown.${found}`)}</Button>
          </Form>
        </Confirm>
      ))}
    </>
  );
}
