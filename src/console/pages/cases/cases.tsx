/** The pages where cases are worked: queues, one case, a new one, calls and tasks, and the protection officer's own. */
import type { ConsolePage } from '../../deps.ts';
import { boardRoutes } from './board-routes.tsx';
import { caseRoutes } from './case-routes.tsx';
import { listRoutes } from './list-routes.tsx';
import { newCaseRoutes } from './new-routes.tsx';
import { privateRoutes } from './private-routes.tsx';

export const casePages: ConsolePage = {
  // Whoever hears appeals, or inspects, begins with that.
  nav: [
    { href: '/appeals', word: 'case.nav.appeals', permission: 'appeals' },
    { href: '/inspection', word: 'case.nav.inspection', permission: 'restricted' },
    { href: '/private', word: 'board.nav.private', permission: 'private' },
    { href: '/cases', word: 'case.nav.cases', permission: 'cases' },
    { href: '/callbacks', word: 'board.nav.callbacks', permission: 'desk' },
    { href: '/tasks', word: 'board.nav.tasks', permission: 'cases' },
  ],
  routes(router, deps) {
    listRoutes(router, deps);
    newCaseRoutes(router, deps);
    caseRoutes(router, deps);
    boardRoutes(router, deps);
    privateRoutes(router, deps);
  },
};
