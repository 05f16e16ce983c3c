/** Administration: staff, canned replies, the service as it runs, its profile, and the systems beside it. */
import type { ConsolePage } from '../deps.ts';
import { profilePages } from './admin/profile.tsx';
import { replyPages } from './admin/replies.tsx';
import { servicePages } from './admin/service.tsx';
import { staffPages } from './admin/staff.tsx';
import { systemPages } from './admin/systems.tsx';
import { unknownPages } from './admin/unknown.tsx';

const PARTS = [staffPages, replyPages, servicePages, profilePages, systemPages, unknownPages];

export const adminPages: ConsolePage = {
  nav: [
    { href: '/admin/staff', word: 'admin.nav.staff', permission: 'admin' },
    { href: '/replies', word: 'admin.nav.replies', permission: 'content.approve' },
    { href: '/admin/service', word: 'admin.nav.service', permission: 'hotline' },
    { href: '/admin/profile', word: 'admin.nav.profile', permission: 'admin' },
    { href: '/admin/systems', word: 'admin.nav.systems', permission: 'admin' },
  ],
  routes(router, deps) {
    for (const part of PARTS) part.routes(router, deps);
  },
};
