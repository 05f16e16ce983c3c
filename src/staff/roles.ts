/** Who on the staff may do what: one table of roles, in the words of the call centre (front office, back office). */

export const PERMISSIONS = [
  /** Talks with citizens: queue, timelines, calls, wrap-up. */
  'desk',
  /** Works on the cases they can see: notes, tasks, questions to the citizen, escalation. */
  'cases',
  /** Decides cases and answers them. */
  'decide',
  /** Decides appeals, never their own first decision. */
  'appeals',
  /** Cases about staff, bribes and fraud, and nothing else. */
  'restricted',
  /** Private matters, and nothing else. */
  'private',
  /** Shows a masked value, with a purpose. */
  'reveal',
  /** Verified answers at level 3: documents, income. A vendor's agents stop at level 2. */
  'level3',
  'dashboard',
  'export',
  /** Reassigns work, sees who is on duty. */
  'team',
  'audit',
  'content',
  'content.approve',
  'hotline',
  'campaign',
  'campaign.approve',
  'admin',
] as const;
export type Permission = (typeof PERMISSIONS)[number];

/** What each role may do. Admin and content manager see no person; inspectors and protection officers see only their queue. */
export const ROLES = {
  agent: ['desk', 'cases', 'reveal', 'level3'],
  vendor_agent: ['desk', 'cases'],
  case_officer: ['cases', 'decide', 'reveal', 'level3'],
  appeal_officer: ['cases', 'appeals', 'reveal', 'level3'],
  inspector: ['restricted'],
  protection_officer: ['private'],
  supervisor: [
    'desk',
    'cases',
    'decide',
    'reveal',
    'level3',
    'dashboard',
    'export',
    'team',
    'hotline',
    'content.approve',
    'campaign',
    'campaign.approve',
  ],
  auditor: ['dashboard', 'export', 'audit'],
  content_manager: ['content', 'content.approve', 'campaign'],
  admin: ['admin', 'audit', 'hotline', 'campaign.approve'],
} as const satisfies Record<string, readonly Permission[]>;
export type Role = keyof typeof ROLES;

/** A member of staff at work. */
export type Staff = {
  key: string;
  name: string;
  email: string;
  roles: readonly Role[];
  /** Routes whose cases they work on; null: all that their roles allow. */
  units: readonly string[] | null;
  /** A local office's area; null: all. */
  area: string | null;
  language: string;
};

export function may(staff: Pick<Staff, 'roles'>, permission: Permission): boolean {
  return staff.roles.some((role) => (ROLES[role] as readonly Permission[]).includes(permission));
}
