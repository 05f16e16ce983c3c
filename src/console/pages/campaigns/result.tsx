/** What became of a campaign, in tables: by state, office and provider, and who was not told. */
import type { Campaign } from '../../../campaigns/campaign.ts';
import { UNTOLD, type Result, type Share } from '../../../campaigns/result.ts';
import { messageStates } from '../../../notifications/states.ts';
import { Button, Form } from '../../ui/form.tsx';
import { Card, Table } from '../../ui/lists.tsx';
import { Count } from '../../ui/parts.tsx';
import { useWords } from '../../ui/visit-context.ts';

export function StateTable({ result: { states } }: { result: Result }) {
  const t = useWords();
  const rows = (['waiting', ...messageStates] as const).flatMap((state) => {
    const people = states[state] ?? 0;
    return people > 0 ? [{ state, people }] : [];
  });
  return (
    <Table
      caption={t('campaign.result')}
      rows={rows}
      keyOf={({ state }) => state}
      columns={[
        { head: t('campaign.state'), cell: ({ state }) => t(`campaign.message.${state}`) },
        { head: t('campaign.people'), isNumber: true, cell: ({ people }) => <Count value={people} /> },
      ]}
    />
  );
}

export function ShareTable({
  caption,
  head,
  shares,
}: {
  caption: string;
  head: string;
  shares: readonly Share[];
}) {
  const t = useWords();
  const count = (name: 'people' | 'arrived' | 'open' | 'untold') => ({
    head: t(`campaign.share.${name}`),
    isNumber: true,
    cell: (share: Share) => <Count value={share[name]} />,
  });
  return (
    <Table
      caption={caption}
      rows={shares}
      keyOf={({ name }) => name}
      columns={[
        { head, cell: ({ name }) => <bdi>{name}</bdi> },
        count('people'),
        count('arrived'),
        count('open'),
        count('untold'),
      ]}
    />
  );
}

type UntoldProps = { campaign: Campaign; result: Result; mayExport: boolean };

export function Untold({ campaign, result, mayExport }: UntoldProps) {
  const t = useWords();
  const rows = UNTOLD.flatMap((why) => {
    const people = result.why[why] ?? 0;
    return people > 0 ? [{ why, people }] : [];
  });
  if (rows.length === 0) return null;
  return (
    <Card title={t('campaign.untold')}>
      <p class="hint">{t('campaign.untold_lead')}</p>
      <Table
        caption={t('campaign.untold')}
        rows={rows}
        keyOf={({ why }) => why}
        columns={[
          { head: t('campaign.why'), cell: ({ why }) => t(`campaign.untold.${why}`) },
          { head: t('campaign.people'), isNumber: true, cell: ({ people }) => <Count value={people} /> },
        ]}
      />
      {mayExport ? (
        <Form action={`/console/campaigns/${campaign.id}/not-told`}>
          <Button icon="file">{t('campaign.csv')}</Button>
        </Form>
      ) : null}
    </Card>
  );
}
