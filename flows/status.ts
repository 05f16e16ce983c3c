/** Where her file stands, programme by programme, and what happens next (dialogs.md D3). */
import {
  begin,
  consult,
  createFlow,
  go,
  recordsAway,
  when,
  type Flow,
  type Screen,
} from '../src/conversation/dialog.ts';

const change = { id: 'change', key: '2', flow: 'update' } as const;
const appeal = { id: 'appeal', key: '2', flow: 'appeal' } as const;

/** The programme that she reads of, also where it is her only one. */
const which = { type: 'point', params: { facts: ['programme'] } } as const;

/** What next, by canonical status. Each names its own choices; the digits are fixed. */
const next: Readonly<Record<string, Screen>> = {
  received: { text: 'st.next.received', zero: 'menu' },
  incomplete: { text: 'st.next.incomplete', call: true, zero: 'menu' },
  visit: { text: 'st.next.visit', call: true, zero: 'menu' },
  review: { text: 'st.next.review', choices: [{ id: 'slow', key: '2' }], zero: 'menu' },
  posted: {
    text: 'st.next.posted',
    choices: [
      { id: 'object', key: '1', flow: 'appeal', level: 4 },
      { id: 'ok', key: '2' },
    ],
    call: true,
    zero: 'menu',
  },
  waiting: { text: 'st.next.waiting', zero: 'menu' },
  approved: { text: 'st.next.approved', zero: 'menu' },
  approvedundated: { text: 'st.next.approvedundated', zero: 'menu' },
  active: { text: 'st.next.active', choices: [{ id: 'payment', key: '1' }, change], zero: 'menu' },
  activeundated: {
    text: 'st.next.activeundated',
    choices: [{ id: 'payment', key: '1' }, change],
    zero: 'menu',
  },
  award: {
    text: 'st.next.award',
    choices: [
      { id: 'payment', key: '1' },
      { id: 'refuse', key: '2', flow: 'update' },
    ],
    zero: 'menu',
  },
  noteligible: {
    text: 'st.next.noteligible',
    choices: [{ id: 'why', key: '1' }, appeal],
    call: true,
    zero: 'menu',
  },
  update: {
    text: 'st.next.update',
    choices: [{ id: 'nochange', key: '1', flow: 'update', level: 4 }, change],
    call: true,
    zero: 'menu',
  },
  updateundated: {
    text: 'st.next.updateundated',
    choices: [{ id: 'nochange', key: '1', flow: 'update', level: 4 }, change],
    call: true,
    zero: 'menu',
  },
  blocked: { text: 'st.next.blocked', choices: [{ id: 'fix', key: '1' }], call: true, zero: 'menu' },
  blockedundated: { text: 'st.fix', call: true, zero: 'menu' },
  suspended: { text: 'st.next.suspended', choices: [appeal], call: true, zero: 'menu' },
  ended: { text: 'st.next.ended', choices: [appeal, { id: 'services', key: '4' }], call: true, zero: 'menu' },
  endedundated: { text: 'st.why', choices: [appeal], call: true, zero: 'menu' },
  refused: {
    text: 'st.next.refused',
    choices: [{ id: 'why', key: '1' }, appeal, { id: 'others', key: '4' }],
    call: true,
    zero: 'menu',
  },
  refusedalone: {
    text: 'st.next.refusedalone',
    choices: [{ id: 'why', key: '1' }, appeal],
    call: true,
    zero: 'menu',
  },
  migrated: { text: 'st.next.migrated', choices: [{ id: 'payment', key: '2' }], call: true, zero: 'menu' },
  appeal: { text: 'st.next.appeal', call: true, zero: 'menu' },
  undisclosed: { text: 'st.next.undisclosed', call: true, zero: 'menu' },
  undisclosedreason: {
    text: 'st.next.undisclosed',
    choices: [{ id: 'why', key: '1' }, appeal],
    call: true,
    zero: 'menu',
  },
};

export const status: Flow = {
  name: 'status',
  version: 1,
  needs: 2,
  resume: 10,
  machine: createFlow({
    id: 'status',
    context: begin,
    initial: 'load',
    states: {
      load: consult('enrolments', 'loaded'),
      loaded: {
        always: [
          when('one', 'show'),
          when('none', 'none'),
          when('text', 'text'),
          when('private', 'dial'),
          when('proxy', 'proxy'),
          when('unavailable', 'keep'),
          { guard: { type: 'has', params: { slot: 'programme' } }, target: 'read' },
          { target: 'list' },
        ],
      },
      list: {
        meta: { screen: { text: 'st.list', list: 'programmes', zero: 'back' } },
        on: { 'choose.*': { actions: { type: 'fill', params: { slot: 'programme' } }, target: 'read' } },
      },
      read: consult('enrolment', 'was'),
      was: {
        always: [
          when('one', 'show'),
          when('none', 'none'),
          when('text', 'text'),
          when('private', 'dial'),
          when('proxy', 'proxy'),
          { target: 'keep' },
        ],
      },
      show: {
        tags: 'served',
        meta: {
          screen: {
            text: 'st.show',
            choices: [
              { id: 'next', key: '1' },
              { id: 'disagree', key: '2', flow: 'appeal' },
              { id: 'sms', key: '3' },
            ],
            zero: 'menu',
          },
        },
        on: {
          'choose.next': 'next',
          'choose.disagree': { actions: which, target: 'appeal' },
          'choose.sms': 'send',
        },
      },
      next: {
        tags: 'served',
        meta: {
          screens: {
            by: 'status',
            cases: next,
            otherwise: { text: 'st.next.unknown', call: true, zero: 'menu' },
          },
        },
        on: {
          'choose.slow': 'slow',
          'choose.object': { actions: which, target: 'appeal' },
          'choose.appeal': { actions: which, target: 'appeal' },
          'choose.ok': 'home',
          'choose.payment': 'payment',
          'choose.change': 'change',
          'choose.nochange': 'nochange',
          'choose.refuse': { actions: which, target: 'refuse' },
          'choose.why': 'why',
          'choose.fix': 'fix',
          'choose.services': 'information',
          'choose.others': 'others',
        },
      },
      others: consult('alternatives', 'othersKnown'),
      othersKnown: { always: [when('many', 'other'), { target: 'information' }] },
      other: {
        meta: { screen: { text: 'st.other', list: 'programmes', zero: 'menu' } },
        on: { 'choose.*': { actions: { type: 'fill', params: { slot: 'programme' } }, target: 'about' } },
      },
      about: consult('information', 'criteria'),
      criteria: { meta: { screen: { text: 'inf.who', call: true, zero: 'menu' } } },
      refuse: {
        meta: { screen: { text: 'st.refuse', choices: [{ id: 'yes', key: '1' }], zero: 'back' } },
        on: { 'choose.yes': 'refused' },
      },
      why: {
        meta: { screen: { text: 'st.why', choices: [appeal], call: true, zero: 'menu' } },
        on: { 'choose.appeal': { actions: which, target: 'appeal' } },
      },
      fix: { meta: { screen: { text: 'st.fix', call: true, zero: 'menu' } } },
      text: {
        meta: {
          screens: {
            by: 'status',
            cases: {
              refused: { text: 'sms.statusother', bare: true, end: true },
              refusedalone: { text: 'sms.statusalone', bare: true, end: true },
            },
            otherwise: { text: 'sms.status', bare: true, end: true },
          },
        },
      },
      dial: { meta: { screen: { text: 'sms.dial', bare: true, end: true } } },
      proxy: {
        meta: {
          screen: {
            text: 'id.proxyok',
            choices: [
              { id: 'payment', key: '2' },
              { id: 'complaint', key: '3' },
            ],
            zero: 'menu',
          },
        },
        on: { 'choose.payment': 'payment', 'choose.complaint': 'complaint' },
      },
      none: {
        tags: 'served',
        meta: {
          screen: { text: 'st.none', choices: [{ id: 'complaint', key: '2' }], call: true, zero: 'menu' },
        },
        on: { 'choose.complaint': 'notListed' },
      },
      send: consult('statusBySms', 'sending'),
      sending: { always: [when('sent', 'sent'), when('refused', 'notSent'), { target: 'keep' }] },
      sent: { tags: 'committed', meta: { screen: { text: 'st.smssent', zero: 'menu' } } },
      notSent: { meta: { screen: { text: 'st.smsno', zero: 'menu' } } },
      keep: {
        entry: { type: 'set', params: { goal: 'status' } },
        ...consult('keepRequest', 'kept'),
      },
      kept: {
        tags: 'committed',
        meta: { screen: recordsAway },
        on: { 'choose.complaint': 'complaint' },
      },
      home: go('home'),
      appeal: go('appeal', { carry: ['programme'] }),
      payment: go('nextpayment', { carry: ['programme'] }),
      change: go('update'),
      refused: go('update', { carry: ['programme'], set: { change: 'refuse' } }),
      nochange: go('update', { set: { change: 'none' } }),
      slow: go('complaint', { carry: ['programme'], set: { matter: 'noanswer' } }),
      notListed: go('complaint', { set: { matter: 'notonlist' } }),
      complaint: go('complaint'),
      information: go('information'),
    },
  }),
};
