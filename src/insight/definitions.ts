/** Every number the service gives of itself: one closed list, each with what it counts and where it comes from. */

/** `percent` and `per_thousand`: of `part` in `whole`. `seconds`: a duration. */
export type Unit = 'count' | 'percent' | 'per_thousand' | 'days' | 'seconds';

export const GROUPS = ['cases', 'people', 'payments', 'channels', 'desk'] as const;
export type Group = (typeof GROUPS)[number];

/** What a number is broken down by. */
export type Breakdown =
  | 'category'
  | 'programme'
  | 'area'
  | 'channel'
  | 'language'
  | 'sex'
  | 'age'
  | 'provider'
  | 'answer'
  | 'dialog'
  | 'code';

export type Definition = {
  readonly id: string;
  readonly group: Group;
  readonly unit: Unit;
  /** The tables it is counted from. */
  readonly source: readonly string[];
  readonly by: readonly Breakdown[];
  /** Service target (a proposal: each deployment agrees its own). `least`: that much or more is good. */
  readonly target?: { readonly least: number } | { readonly most: number };
  /** There is a list of cases behind it. */
  readonly rows: boolean;
};

const CASE = { group: 'cases', source: ['grievance', 'grievance_event'], rows: true } as const;
const DESK = { group: 'desk', by: [], rows: false } as const;
const CHANNEL = { group: 'channels', by: [], rows: false } as const;

export const DEFINITIONS = [
  {
    ...CASE,
    id: 'received',
    unit: 'count',
    by: ['category', 'programme', 'area', 'channel', 'language', 'sex'],
  },
  { ...CASE, id: 'received_rate', unit: 'per_thousand', by: [], source: ['grievance', 'enrolment'] },
  { ...CASE, id: 'acknowledged', unit: 'percent', by: ['category', 'area'] },
  { ...CASE, id: 'answered', unit: 'count', by: ['category', 'programme', 'area'] },
  { ...CASE, id: 'in_time', unit: 'percent', by: ['category', 'area'], target: { least: 90 } },
  { ...CASE, id: 'median_days', unit: 'days', by: [] },
  { ...CASE, id: 'p90_days', unit: 'days', by: [] },
  { ...CASE, id: 'backlog', unit: 'count', by: ['age', 'category', 'area'] },
  { ...CASE, id: 'overdue', unit: 'count', by: ['category', 'area'] },
  { ...CASE, id: 'escalated', unit: 'percent', by: ['category'] },
  { ...CASE, id: 'reopened', unit: 'percent', by: ['category'], target: { most: 10 } },
  { ...CASE, id: 'appealed', unit: 'percent', by: [] },
  { ...CASE, id: 'overturned', unit: 'percent', by: [] },
  {
    ...CASE,
    group: 'people',
    id: 'told',
    unit: 'percent',
    by: ['channel'],
    source: ['grievance', 'outbound'],
  },
  { ...CASE, group: 'people', id: 'satisfaction', unit: 'percent', by: [], target: { least: 75 } },
  { ...CASE, group: 'people', id: 'anonymous', unit: 'percent', by: ['channel'] },
  {
    group: 'people',
    id: 'sensitive',
    unit: 'count',
    by: [],
    rows: false,
    source: ['private_case', 'grievance'],
  },
  { group: 'people', id: 'not_notified', unit: 'count', by: ['code'], rows: true, source: ['outbound'] },
  {
    ...CASE,
    group: 'payments',
    id: 'payment_complaints',
    unit: 'per_thousand',
    by: ['provider'],
    source: ['grievance', 'payment'],
  },
  {
    group: 'payments',
    id: 'less_or_nothing',
    unit: 'percent',
    by: ['provider', 'answer'],
    rows: false,
    source: ['payment_confirmation', 'payment'],
  },
  { ...CHANNEL, id: 'ussd_sessions', unit: 'count', source: ['message'] },
  {
    ...CHANNEL,
    id: 'ussd_completion',
    unit: 'percent',
    by: ['dialog'],
    source: ['message'],
    target: { least: 75 },
  },
  { ...CHANNEL, id: 'sms_unknown', unit: 'percent', source: ['message', 'task'], target: { most: 10 } },
  { ...DESK, id: 'callbacks_kept', unit: 'percent', source: ['task', 'task_attempt'], target: { least: 95 } },
  { ...DESK, id: 'first_contact', unit: 'percent', source: ['interaction', 'call'], target: { least: 40 } },
  { ...DESK, id: 'handling_time', unit: 'seconds', source: ['interaction'] },
  {
    ...DESK,
    id: 'wrapped_up',
    unit: 'percent',
    by: ['code'],
    source: ['interaction'],
    target: { least: 100 },
  },
  { ...DESK, id: 'service_level', unit: 'percent', source: ['call'], target: { least: 80 } },
  { ...DESK, id: 'abandoned', unit: 'percent', source: ['call'], target: { most: 5 } },
] as const satisfies readonly Definition[];
export type IndicatorId = (typeof DEFINITIONS)[number]['id'];

export function definitionOf(id: string): (Definition & { id: IndicatorId }) | undefined {
  return DEFINITIONS.find((definition) => definition.id === id);
}
