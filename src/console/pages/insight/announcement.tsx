/** What a supervisor tells everybody at work, and for how long. */
import {
  ANNOUNCEMENT_HOURS,
  MAX_ANNOUNCEMENT,
  announce,
  endAnnouncement,
} from '../../../desk/announcement.ts';
import type { ConsolePage } from '../../deps.ts';
import { formOf } from '../../form.ts';
import { requires } from '../../session.ts';
import { Button, Form, Select, TextArea } from '../../ui/form.tsx';
import { Card } from '../../ui/lists.tsx';
import { useVisit, useWords } from '../../ui/visit-context.ts';
import { staffOf } from '../../visit.ts';

const DASHBOARD = '/console/dashboard';

export const announcementRoutes: ConsolePage = {
  routes(router, deps) {
    router.post('/dashboard/announcement', requires('team'), async (req, res) => {
      const form = formOf(req);
      const deed = { by: staffOf(res).key, at: deps.now() };
      if (form.has('end')) {
        await deps.db.transaction((tx) => endAnnouncement(tx, deed));
        deps.goTo(res, DASHBOARD, 'flash.saved');
        return;
      }
      const hours = ANNOUNCEMENT_HOURS.find((one) => String(one) === form.text('hours')) ?? 1;
      const said = await deps.db.transaction((tx) =>
        announce(tx, { text: form.text('text'), hours, ...deed }),
      );
      deps.goTo(res, DASHBOARD, said.ok ? 'flash.saved' : 'flash.problem_desk_words');
    });
  },
};

export function AnnouncementCard() {
  const { announcement } = useVisit();
  const t = useWords();
  return (
    <Card title={t('announce.title')}>
      <Form action={`${DASHBOARD}/announcement`} class="stack" draft="announcement">
        <TextArea
          name="text"
          label={t('announce.text')}
          hint={t('announce.hint')}
          rows={2}
          maxLength={MAX_ANNOUNCEMENT}
        />
        <Select
          name="hours"
          label={t('announce.for')}
          options={ANNOUNCEMENT_HOURS.map((hours) => ({
            value: String(hours),
            label: t('announce.hours', { count: hours }),
          }))}
        />
        <div class="actions">
          <Button icon="message">{t('announce.go')}</Button>
        </div>
      </Form>
      {announcement === undefined ? null : (
        <Form action={`${DASHBOARD}/announcement`}>
          <Button kind="quiet" name="end" value="yes">
            {t('announce.end')}
          </Button>
        </Form>
      )}
    </Card>
  );
}
