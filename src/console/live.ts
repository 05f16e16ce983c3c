/** The stream by which open pages learn that something changed: what kind, never what. Pages then fetch what they show. */
import type { Response, Router } from 'express';
import { mayHear, type LiveEvent } from '../desk/live.ts';
import type { Staff } from '../staff/roles.ts';
import type { ConsoleDeps } from './deps.ts';
import { isStillSignedIn } from './session.ts';
import { visitOf } from './visit.ts';

/** The feed of what was stored; keys are opaque. */
export type LiveFeed = { subscribe(listener: (change: LiveEvent) => void): () => void };

const HEARTBEAT_MS = 20_000;

/** GET /live?contact=<key>&reference=<case>: an event for a named contact or case only when that one changes. */
export function liveRoutes(router: Router, deps: ConsoleDeps): void {
  router.get('/live', (req, res) => {
    const { staff } = visitOf(res);
    if (!staff || !deps.live) {
      res.status(204).end();
      return;
    }
    const watched = {
      contact: textOf(req.query['contact']),
      reference: textOf(req.query['reference']),
    };
    res.set({ 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
    res.write('retry: 2000\n\n: open\n\n');
    const leave = deps.live.subscribe((change) => {
      const scope = scopeOf(change, staff, watched);
      if (scope) res.write(`event: change\ndata: ${JSON.stringify({ kind: change.kind, scope })}\n\n`);
    });
    const heartbeat = setInterval(() => {
      void beat(res, deps);
    }, HEARTBEAT_MS).unref();
    res.on('close', () => {
      clearInterval(heartbeat);
      leave();
    });
  });
}

/** Ends with the session: a browser left open must not go on hearing. */
async function beat(res: Response, deps: ConsoleDeps): Promise<void> {
  const isOpen = await isStillSignedIn(deps, visitOf(res)).catch(() => true);
  if (isOpen) res.write(': still here\n\n');
  else res.end('event: signed-out\ndata: {}\n\n');
}

/** `mine`: what this page watches, or what is addressed to this person. `any`: something of this kind, somewhere. */
function scopeOf(
  change: LiveEvent,
  staff: Staff,
  watched: { contact: string | undefined; reference: string | undefined },
): 'mine' | 'any' | undefined {
  if (!mayHear(staff, change)) return undefined;
  if (change.staff !== undefined && change.staff !== staff.key) return undefined;
  const isWatched =
    (change.contact !== undefined && change.contact === watched.contact) ||
    (change.reference !== undefined && change.reference === watched.reference);
  return isWatched || change.staff === staff.key ? 'mine' : 'any';
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
