/** The bar at the bottom: the contact one is in, and the code that ends it (console.md S9). */
import { WRAP_UP_CODES, WRAP_UP_SECONDS, type Interaction } from '../../../desk/interaction.ts';
import { Button, Form, Tick } from '../../ui/form.tsx';
import { When } from '../../ui/parts.tsx';
import { Icon } from '../../ui/icon.tsx';
import { useWords } from '../../ui/visit-context.ts';
import { contactPath } from './view.ts';

/** Kept fresh by itself: a call that is answered or hung up shows without a reload. */
export function WrapUpBar({
  current,
  here,
}: {
  current: Interaction | undefined;
  here?: string | undefined;
}) {
  const t = useWords();
  return (
    <section class="wrap-bar" aria-label={t('desk.wrap.title')}>
      <div
        data-live={`/console/part/desk/bar${here === undefined ? '' : `?here=${here}`}`}
        data-live-on="call"
      >
        <WrapUp current={current} here={here} />
      </div>
    </section>
  );
}

export function WrapUp({ current, here }: { current: Interaction | undefined; here?: string | undefined }) {
  const t = useWords();
  if (!current) return <p class="hint">{t('desk.wrap.none')}</p>;
  const until = current.hungUpAt ? new Date(current.hungUpAt.getTime() + WRAP_UP_SECONDS * 1_000) : undefined;
  return (
    <Form action="/console/desk/wrap-up" class="wrap-form">
      <input type="hidden" name="id" value={current.id} />
      <p class="wrap-now">
        <Icon name={current.channel === 'call' || current.channel === 'callback' ? 'phone' : 'message'} />
        <span>
          {t('desk.wrap.since', { channel: t(`desk.channel.${current.channel}`) })}{' '}
          <When at={current.startedAt} only="time" />
        </span>
        {current.contact !== null && current.contact !== here ? (
          <a href={contactPath(current.contact)}>{t('desk.wrap.open')}</a>
        ) : null}
        {until ? (
          <span class="badge wait" data-countdown={until.toISOString()}>
            <Icon name="clock" />
            <span>{t('desk.wrap.ended')}</span> <bdi dir="ltr" />
          </span>
        ) : null}
      </p>
      <label class="wrap-code">
        <span>{t('desk.wrap.code')}</span>
        <select name="code" required data-shortcut="wrapup">
          <option value="">{t('desk.wrap.choose')}</option>
          {WRAP_UP_CODES.map((code) => (
            <option key={code} value={code}>
              {t(`desk.wrap.${code}`)}
            </option>
          ))}
        </select>
      </label>
      <Tick name="follow_up" label={t('desk.wrap.follow_up')} />
      <Button kind="main" icon="check">
        {t('desk.wrap.go')}
      </Button>
    </Form>
  );
}
