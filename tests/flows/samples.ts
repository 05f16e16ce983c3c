/** Sample answers of every port, with the longest values the copy was written for (dialogs.md, head). */
import { ENROLMENT_STATUSES, PAYMENT_STATUSES } from '../../src/registry/registry.ts';
import type { Facts } from '../../src/conversation/dialog.ts';
import type { Samples } from './walk.ts';

const d = '2026-12-31';
const org = 'Red Crescent';
const outcomes = (...names: string[]): Facts[] => names.map((outcome) => ({ outcome }));

/** `programmes`: codes of the profile under test. */
export function samplesFor(programmes: readonly string[]): Samples {
  const [prog = 'CASH'] = programmes;
  const list = [...programmes, ...programmes, ...programmes].slice(0, 7).map((id) => ({ id }));
  const standing = (status: string): Facts => ({
    outcome: 'one',
    prog,
    newprog: prog,
    alt: prog,
    st: (ENROLMENT_STATUSES as readonly string[]).includes(status) ? status : 'unknown',
    status,
    d,
    d2: d,
    why: 'update_due',
    doc: 'family_record',
    place: 'Main post office X',
  });
  const statuses = [
    ...ENROLMENT_STATUSES,
    'unknown',
    'activeundated',
    'approvedundated',
    'undisclosed',
    'refused',
    'refusedalone',
    'award',
  ];
  const payment = (outcome: string): Facts => ({
    outcome,
    amt: { amount: '1250000.00', currency: 'IQD' },
    d,
    d2: d,
    place: 'Main post office X',
    further: true,
  });
  const children = [1, 2].map((n) => ({
    text: 'pay.child',
    values: { n, amt: { amount: '1250000.00', currency: 'IQD' } },
  }));
  const lodged = { ref: '48217735', d };
  return {
    phoneOwner: [
      ...outcomes('matched', 'roles', 'unmatched', 'shared', 'locked', 'limit', 'known', 'private'),
      { outcome: 'matched', second: 'area' },
      { outcome: 'unmatched', second: 'area' },
      'unavailable',
    ],
    checkIdentity: [
      ...outcomes('ok', 'proxy', 'locked', 'deceased', 'minor'),
      { outcome: 'nomatch', n: 2 },
      'unavailable',
    ],
    checkDocument: [...outcomes('ok', 'unknown', 'limit', 'deceased'), 'unavailable'],
    keepRequest: [{ d }],
    enrolments: [
      ...statuses.map(standing),
      { outcome: 'many', programmes: list },
      ...outcomes('none', 'private', 'proxy'),
      { ...standing('active'), outcome: 'text' },
      'unavailable',
    ],
    enrolment: [...statuses.map(standing), 'unavailable'],
    alternatives: [{ outcome: 'many', programmes: list }, ...outcomes('none'), 'unavailable'],
    statusBySms: outcomes('sent', 'refused'),
    myRecord: [
      {
        outcome: 'shown',
        d,
        entries: ['rec.entry', 'rec.entryended', 'rec.entryundated'].map((text) => ({
          text,
          values: { prog, org: 'MIDES', st: 'active', d, d2: d },
        })),
        programmes: list,
      },
      ...outcomes('none', 'undisclosed', 'private'),
      'unavailable',
    ],
    payment: [
      ...[...PAYMENT_STATUSES, 'checking', 'undisclosed'].map(payment),
      { ...payment('ready'), children },
      { ...payment('text') },
      ...outcomes('none', 'private'),
      'unavailable',
    ],
    nextInLine: [payment('scheduled'), payment('collected')],
    payPoint: [
      { outcome: 'found', place: 'Main post office X', h1: '08:00', h2: '16:00', d },
      ...outcomes('none'),
      'unavailable',
    ],
    confirmReceipt: [
      { recorded: 'none' },
      { recorded: 'one', ...lodged },
      { recorded: 'two', ...lodged, ref2: '10000009' },
    ],
    duplicate: [
      ...outcomes('none'),
      { outcome: 'none', where: 'ask' },
      { outcome: 'duplicate', ref: '48217735' },
    ],
    lodge: [
      { ...lodged, lodged: 'named' },
      { ...lodged, lodged: 'anonymous' },
      { ...lodged, lodged: 'round' },
      { ...lodged, lodged: 'namedcall', d2: d },
      { ...lodged, lodged: 'anonymouscall', d2: d },
    ],
    lodgePrivate: [{}],
    addDetails: [
      { ...lodged, outcome: 'added' },
      { ...lodged, outcome: 'refused' },
    ],
    caseState: [
      { outcome: 'open', ref: '48217735', gs: 'referred', d },
      { outcome: 'found', ref: '48217735', gs: 'closed', d },
      { outcome: 'asked', ref: '48217735', gs: 'waiting', out: 'Which post office was it?', d },
      { outcome: 'answered', ref: '48217735', gs: 'answered', out: 'Paid again on 31/12', d },
      ...outcomes('none', 'limit'),
    ],
    tooSlow: ['late', 'early', 'told', 'refused'].map((outcome) => ({ outcome, d })),
    caseFeedback: [{ d }],
    callTimes: outcomes('open', 'closed'),
    requestCall: [
      { outcome: 'done', d },
      { outcome: 'full', d },
    ],
    saveConsent: [{}],
    programmes: [
      { outcome: 'one', programmes: list.slice(0, 1), prog },
      { outcome: 'many', programmes: list },
    ],
    information: [
      { outcome: 'open', prog },
      { outcome: 'closed', prog },
      ...['sms', 'area'].map((offer) => ({ outcome: 'open', prog, offer })),
    ],
    informationBySms: outcomes('sent', 'refused'),
    amountInArea: [
      { outcome: 'found', prog, area: '320582101201', amt: { amount: '1250000.00', currency: 'IQD' } },
      ...outcomes('unknown'),
    ],
    nearestOffice: [{ place: 'Main post office X', h1: '08:00', h2: '16:00' }, 'unavailable'],
    tellWhenOpen: [{}],
    appealWindow: [{ outcome: 'open', d }, { outcome: 'late', d }, ...outcomes('unknown'), 'unavailable'],
    lodgeAppeal: [
      { ...lodged, lodged: 'plain' },
      { ...lodged, lodged: 'call', d2: d },
    ],
    lodgeUpdate: [
      ...['phone', 'head', 'member', 'proxy', 'other', 'institution'].map((recorded) => ({
        ...lodged,
        org,
        recorded,
        outcome: 'done',
      })),
      { ...lodged, outcome: 'differs' },
    ],
    withdraw: [{ ref: '48217735' }],
    questionAsked: outcomes('none'),
    answerQuestion: [{ outcome: 'recorded', ref: '48217735' }],
    referral: [
      ...['asked', 'active'].map((outcome) => ({
        outcome,
        id: 'a',
        ref: '48217735',
        org,
        need: 'papers',
        d,
      })),
      ...['means', 'meansgiven'].map((outcome) => ({ outcome, sources: 'tax, vehicles, bank' })),
      ...outcomes('none', 'private'),
    ],
    answerMeans: outcomes('given', 'refused'),
    answerReferral: [
      ...['sent', 'refused'].map((outcome) => ({ outcome, ref: '48217735', org, need: 'papers', d })),
      ...outcomes('gone'),
    ],
    withdrawReferral: [{ outcome: 'withdrawn', ref: '48217735', org, need: 'papers' }, ...outcomes('gone')],
    stop: [{}],
    start: [{}],
    handToAgent: [{ d }],
    keepEvidence: [{ outcome: 'kept', evidence: 'a' }],
  };
}
