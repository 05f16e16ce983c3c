/** Her payment: how much, when, where; whether it arrived whole; whether somebody asked for a share (dialogs.md D4). */
import {
  begin,
  consult,
  createFlow,
  go,
  question,
  recordsAway,
  when,
  type Flow,
  type Screen,
} from '../src/conversation/dialog.ts';

const problem = { id: 'problem', key: '3' } as const;
const whole = [
  { id: 'received', key: '1' },
  { id: 'less', key: '2' },
  { id: 'notme', key: '3' },
] as const;

/** Which payment she speaks of. */
const point = { type: 'point', params: { facts: ['payment', 'payments', 'programme'] } } as const;

/** What she says of it, free of what she said before. */
const answers = (answer: 'all' | 'less' | 'nothing') =>
  [
    point,
    { type: 'forget', params: { slots: ['amount', 'fee'] } },
    { type: 'set', params: { answer } },
  ] as const;

/** By the truth about the payment. */
const shown: Readonly<Record<string, Screen>> = {
  ready: {
    text: 'pay.ready',
    lines: 'children',
    choices: [{ id: 'received', key: '2' }, problem],
    more: 'further',
    zero: 'menu',
  },
  readyundated: {
    text: 'pay.readyundated',
    lines: 'children',
    choices: [{ id: 'received', key: '2' }, problem],
    more: 'further',
    zero: 'menu',
  },
  scheduled: { text: 'pay.sched', choices: [problem], call: true, more: 'further', zero: 'menu' },
  sent: {
    text: 'pay.sent',
    lines: 'children',
    choices: [problem],
    call: true,
    more: 'further',
    zero: 'menu',
  },
  paid: { text: 'pay.credited', lines: 'children', choices: whole, more: 'further', zero: 'menu' },
  collected: { text: 'pay.paid', lines: 'children', choices: whole, more: 'further', zero: 'menu' },
  collectedanywhere: {
    text: 'pay.collected',
    lines: 'children',
    choices: whole,
    more: 'further',
    zero: 'menu',
  },
  late: { text: 'pay.late', choices: [problem], call: true, more: 'further', zero: 'menu' },
  failed: { text: 'pay.failed', call: true, more: 'further', zero: 'menu' },
  returned: { text: 'pay.failed', call: true, more: 'further', zero: 'menu' },
  on_hold: { text: 'pay.hold', choices: [problem], call: true, more: 'further', zero: 'menu' },
  checking: { text: 'pay.checking', choices: [problem], call: true, more: 'further', zero: 'menu' },
  undisclosed: { text: 'pay.undisclosed', choices: [problem], call: true, zero: 'menu' },
  none: {
    text: 'pay.none',
    choices: [
      { id: 'why', key: '1' },
      { id: 'complaint', key: '3' },
    ],
    call: true,
    zero: 'menu',
  },
};

export const nextPayment: Flow = {
  name: 'nextpayment',
  version: 1,
  needs: 2,
  resume: 10,
  machine: createFlow({
    id: 'nextpayment',
    context: begin,
    initial: 'load',
    on: {
      'choose.problem': { actions: { type: 'point', params: { facts: ['programme'] } }, target: '.problem' },
      'choose.complaint': '.complaint',
      'choose.why': '.status',
    },
    states: {
      load: consult('payment', 'loaded'),
      loaded: {
        always: [
          when('unavailable', 'keep'),
          when(['none', 'checking', 'undisclosed'], 'show'),
          when('text', 'text'),
          when('private', 'dial'),
          { guard: { type: 'said', params: { slot: 'want', value: 'confirm' } }, target: 'confirm' },
          { guard: { type: 'said', params: { slot: 'want', value: 'where' } }, target: 'point' },
          { target: 'show' },
        ],
      },
      text: { meta: { screen: { text: 'sms.pay.ready', bare: true, end: true } } },
      dial: { meta: { screen: { text: 'sms.dial', bare: true, end: true } } },
      show: {
        tags: 'served',
        meta: {
          screens: {
            by: 'outcome',
            cases: shown,
            otherwise: { text: 'pay.checking', choices: [problem], call: true, zero: 'menu' },
          },
        },
        on: {
          'choose.received': { actions: answers('all'), target: 'fee' },
          'choose.less': { actions: answers('less'), target: 'less' },
          'choose.notme': { actions: answers('nothing'), target: 'nothing' },
          'choose.more': { actions: { type: 'point', params: { facts: ['payment'] } }, target: 'further' },
        },
      },
      further: consult('nextInLine', 'show'),
      point: consult('payPoint', 'pointed'),
      pointed: { always: [when('found', 'where'), when('unavailable', 'keep'), { target: 'show' }] },
      where: {
        tags: 'served',
        meta: { screen: { text: 'pay.where', choices: [problem], zero: 'menu' } },
      },
      confirm: {
        meta: {
          screen: {
            text: 'pay.conf',
            choices: [
              { id: 'all', key: '1' },
              { id: 'less', key: '2' },
              { id: 'nothing', key: '3' },
            ],
            zero: 'back',
          },
        },
        on: {
          'choose.all': { actions: answers('all'), target: 'fee' },
          'choose.less': { actions: answers('less'), target: 'less' },
          'choose.nothing': { actions: answers('nothing'), target: 'nothing' },
        },
      },
      less: {
        ...question(
          'amount',
          {
            text: 'pay.less',
            choices: [{ id: 'unknown', key: '1' }],
            ask: { kind: 'amount', invalid: 'err.amount' },
            zero: 'back',
          },
          'fee',
        ),
        on: {
          answer: { actions: { type: 'fill', params: { slot: 'amount' } } },
          'choose.unknown': { actions: { type: 'fill', params: { slot: 'amount' } } },
        },
      },
      fee: {
        meta: {
          screen: {
            text: 'pay.fee',
            choices: [
              { id: 'no', key: '1' },
              { id: 'yes', key: '2' },
            ],
            zero: 'skip',
          },
        },
        on: { 'choose.*': { actions: { type: 'fill', params: { slot: 'fee' } }, target: 'record' } },
      },
      nothing: consult('confirmReceipt', 'notReceived'),
      record: consult('confirmReceipt', 'thanks'),
      thanks: {
        tags: ['committed', 'served'],
        meta: {
          screens: {
            by: 'recorded',
            cases: {
              one: { text: 'pay.thanksref', zero: 'menu' },
              two: { text: 'pay.thankstwo', zero: 'menu' },
            },
            otherwise: { text: 'pay.thanks', zero: 'menu' },
          },
        },
      },
      keep: {
        entry: { type: 'set', params: { goal: 'nextpayment' } },
        ...consult('keepRequest', 'kept'),
      },
      kept: {
        tags: 'committed',
        meta: { screen: recordsAway },
      },
      notReceived: go('complaint', {
        carry: ['programme', 'payment'],
        set: { matter: 'notreceived', named: 'named' },
      }),
      problem: go('complaint', { carry: ['programme'], set: { about: 'payment' } }),
      complaint: go('complaint'),
      status: go('status'),
    },
  }),
};
