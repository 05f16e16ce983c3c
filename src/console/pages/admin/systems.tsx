/** Other systems: the tokens they come in with, ended here, and the addresses that are told of cases. */
import { listTokens, revokeToken, type TokenRow } from '../../../api/tokens.ts';
import { listWebhooks, type WebhookRow } from '../../../api/webhooks.ts';
import { recordAudit } from '../../../privacy/audit.ts';
import type { ConsolePage } from '../../deps.ts';
import { formOf } from '../../form.ts';
import { sendPage, sendProblem } from '../../respond.tsx';
import { requires } from '../../session.ts';
import { Button, Confirm, Form } from '../../ui/form.tsx';
import { Card, Table } from '../../ui/lists.tsx';
import { Badge, Code, Count, Empty, When } from '../../ui/parts.tsx';
import { useVisit, useWords } from '../../ui/visit-context.ts';
import { staffOf, visitOf } from '../../visit.ts';

const HERE = '/console/admin/systems';

export const systemPages: ConsolePage = {
  routes(router, deps) {
    router.get('/admin/systems', requires('admin'), async (_req, res) => {
      const [tokens, webhooks] = await Promise.all([listTokens(deps.db), listWebhooks(deps.db)]);
      sendPage(res, {
        title: visitOf(res).words('admin.systems.title'),
        section: '/admin/systems',
        body: <SystemsPage tokens={tokens} webhooks={webhooks} />,
      });
    });

    router.post('/admin/systems/revoke', requires('admin'), async (req, res) => {
      const id = formOf(req).text('id');
      const at = deps.now();
      const isRevoked = await deps.db.transaction(async (tx) => {
        if (!(await revokeToken(tx, id, at))) return false;
        const entry = { actor: staffOf(res).key, action: 'token_revoked', subject: `token:${id}`, at };
        await recordAudit(tx, entry);
        return true;
      });
      if (isRevoked) deps.goTo(res, HERE, 'flash.saved');
      else sendProblem(res, 'conflict');
    });
  },
};

function SystemsPage({ tokens, webhooks }: { tokens: readonly TokenRow[]; webhooks: readonly WebhookRow[] }) {
  const t = useWords();
  return (
    <>
      <h1>{t('admin.systems.title')}</h1>
      <Card title={t('admin.tokens.title')}>
        <p class="hint">{t('admin.tokens.lead')}</p>
        {tokens.length === 0 ? <Empty title={t('list.empty')} /> : <Tokens tokens={tokens} />}
      </Card>
      <Card title={t('admin.webhooks.title')}>
        <p class="hint">{t('admin.webhooks.lead')}</p>
        {webhooks.length === 0 ? <Empty title={t('list.empty')} /> : <Webhooks webhooks={webhooks} />}
      </Card>
    </>
  );
}

function Tokens({ tokens }: { tokens: readonly TokenRow[] }) {
  const t = useWords();
  return (
    <Table
      caption={t('admin.tokens.title')}
      rows={tokens}
      keyOf={({ id }) => id}
      columns={[
        {
          head: t('account.name'),
          cell: ({ name, id, source }) => (
            <>
              <bdi>{name}</bdi> {source === null ? null : <Code>{source}</Code>}
              <br />
              <span class="hint">
                <Code>{id}</Code>
              </span>
            </>
          ),
        },
        { head: t('admin.tokens.scopes'), cell: ({ scopes }) => <ScopeList scopes={scopes} /> },
        {
          head: t('admin.tokens.used'),
          cell: ({ last_used_on: used }) =>
            used === null ? t('admin.tokens.never') : <When at={new Date(`${used}T12:00:00Z`)} only="date" />,
        },
        { head: t('admin.state'), cell: (token) => <TokenState token={token} /> },
      ]}
    />
  );
}

function ScopeList({ scopes }: { scopes: readonly string[] }) {
  return (
    <ul class="bare">
      {scopes.map((scope) => (
        <li key={scope}>
          <Code>{scope}</Code>
        </li>
      ))}
    </ul>
  );
}

function TokenState({ token: { id, revoked_at: revoked, expires_at: expires } }: { token: TokenRow }) {
  const t = useWords();
  const { now } = useVisit();
  if (revoked !== null)
    return (
      <>
        <Badge>{t('admin.tokens.revoked')}</Badge> <When at={revoked} only="date" />
      </>
    );
  if (expires !== null && expires <= now) return <Badge>{t('admin.tokens.expired')}</Badge>;
  return (
    <>
      <Badge tone="good">{t('admin.tokens.good')}</Badge>
      {expires === null ? null : (
        <>
          {' '}
          {t('admin.tokens.until')} <When at={expires} only="date" />
        </>
      )}
      <Confirm ask={t('admin.tokens.revoke')} kind="danger">
        <p>{t('admin.tokens.revoke_ask')}</p>
        <Form action={`${HERE}/revoke`}>
          <input type="hidden" name="id" value={id} />
          <Button kind="danger">{t('admin.tokens.revoke')}</Button>
        </Form>
      </Confirm>
    </>
  );
}

function Webhooks({ webhooks }: { webhooks: readonly WebhookRow[] }) {
  const t = useWords();
  return (
    <Table
      caption={t('admin.webhooks.title')}
      rows={webhooks}
      keyOf={({ id }) => id}
      columns={[
        // The host only: paths often hold secrets.
        { head: t('admin.webhooks.host'), cell: ({ url, id }) => <Code>{URL.parse(url)?.host ?? id}</Code> },
        {
          head: t('admin.webhooks.waiting'),
          isNumber: true,
          cell: ({ waiting }) => <Count value={waiting} />,
        },
        { head: t('admin.webhooks.failed'), isNumber: true, cell: ({ failed }) => <Count value={failed} /> },
        {
          head: t('admin.state'),
          cell: ({ disabled_at: off, failing_since: failing, failed }) =>
            off ? (
              <>
                <Badge tone="alarm">{t('admin.webhooks.off')}</Badge> <When at={off} />
              </>
            ) : failing ? (
              <>
                <Badge tone="alarm">{t('admin.webhooks.failing')}</Badge> <When at={failing} />
              </>
            ) : (
              <Badge tone={failed > 0 ? 'wait' : 'good'}>
                {t(failed > 0 ? 'admin.webhooks.gave_up' : 'admin.webhooks.good')}
              </Badge>
            ),
        },
      ]}
    />
  );
}
