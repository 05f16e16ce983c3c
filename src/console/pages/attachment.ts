/** Photos and voice notes of citizens, each by its id: for the pages of cases, tasks and conversations to show. */
import { attachmentHeaders, openAttachment } from '../../evidence/view.ts';
import type { ConsolePage } from '../deps.ts';
import { sendProblem } from '../respond.tsx';
import { requires } from '../session.ts';
import { visitOf } from '../visit.ts';

/** `GET /console/attachments/<id>`, `?download` to keep it: `<img>` and `<audio>` may name it. */
export const attachmentPage: ConsolePage = {
  routes(router, { db, keys, now }) {
    router.get('/attachments/:id', requires('desk', 'cases', 'restricted'), async (req, res) => {
      const { staff } = visitOf(res);
      const found =
        staff && (await openAttachment({ db, keys }, { id: String(req.params['id']), by: staff, at: now() }));
      if (!found) {
        sendProblem(res, 'nothing_here');
        return;
      }
      res.set(attachmentHeaders(found, req.query['download'] === undefined ? 'inline' : 'attachment'));
      res.end(found.content);
    });
  },
};
