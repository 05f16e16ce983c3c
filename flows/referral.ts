/** May another service have her name and phone? Asked each time, taken back under 9, 2 (dialogs.md D12). */
import { begin, consult, createFlow, go, when, type Flow } from '../src/conversation/dialog.ts';

/** Which one she answers about: the facts are forgotten with her identity. */
const remembered = { type: 'recall', params: { fact: 'id', slot: 'referral' } } as const;

export const referral: Flow = {
  name: 'referral',
  version: 2,
  needs: 2,
  resume: 10,
  machine: createFlow({
    id: 'referral',
    context: begin,
    initial: 'load',
    states: {
      load: consult('referral', 'loaded'),
      loaded: {
        always: [
          when('asked', 'ask'),
          when('active', 'active'),
          when('private', 'dial'),
          when('means', 'means'),
          when('meansgiven', 'meansGiven'),
          { target: 'none' },
        ],
      },
      means: {
        meta: {
          screen: {
            text: 'con.means',
            choices: [
              { id: 'yes', key: '1' },
              { id: 'no', key: '2' },
            ],
            call: true,
            zero: 'later',
          },
        },
        on: {
          'choose.yes': { actions: { type: 'set', params: { agreed: 'yes' } }, target: 'answerMeans' },
          'choose.no': { actions: { type: 'set', params: { agreed: 'no' } }, target: 'answerMeans' },
          'choose.later': 'later',
        },
      },
      meansGiven: {
        meta: {
          screen: { text: 'con.meanson', choices: [{ id: 'stop', key: '1' }], call: true, zero: 'menu' },
        },
        on: {
          'choose.stop': { actions: { type: 'set', params: { agreed: 'no' } }, target: 'answerMeans' },
        },
      },
      answerMeans: consult('answerMeans', 'meansAnswered'),
      meansAnswered: { always: [when('given', 'meansKept'), { target: 'meansRefused' }] },
      meansKept: { tags: ['committed', 'served'], meta: { screen: { text: 'con.meansyes', zero: 'menu' } } },
      meansRefused: {
        tags: 'committed',
        meta: { screen: { text: 'con.meansno', call: true, zero: 'menu' } },
      },
      ask: {
        entry: remembered,
        meta: {
          screen: {
            text: 'con.ref',
            choices: [
              { id: 'yes', key: '1' },
              { id: 'no', key: '2' },
            ],
            call: true,
            zero: 'later',
          },
        },
        on: {
          'choose.yes': { actions: { type: 'set', params: { agreed: 'yes' } }, target: 'answer' },
          'choose.no': { actions: { type: 'set', params: { agreed: 'no' } }, target: 'answer' },
          'choose.later': 'later',
        },
      },
      answer: consult('answerReferral', 'answered'),
      answered: { always: [when('sent', 'sent'), when('refused', 'refused'), { target: 'none' }] },
      sent: { tags: ['committed', 'served'], meta: { screen: { text: 'con.refdone', zero: 'menu' } } },
      refused: {
        tags: 'committed',
        meta: {
          screen: { text: 'con.refno', choices: [{ id: 'information', key: '4' }], zero: 'menu' },
        },
        on: { 'choose.information': 'information' },
      },
      active: {
        entry: remembered,
        meta: {
          screen: { text: 'ref.state', choices: [{ id: 'stop', key: '1' }], call: true, zero: 'menu' },
        },
        on: { 'choose.stop': 'stop' },
      },
      stop: consult('withdrawReferral', 'stopping'),
      stopping: { always: [when('withdrawn', 'stopped'), { target: 'none' }] },
      stopped: { tags: 'committed', meta: { screen: { text: 'ref.stopped', zero: 'menu' } } },
      none: { meta: { screen: { text: 'ref.none', call: true, zero: 'menu' } } },
      dial: { meta: { screen: { text: 'sms.dial', bare: true, end: true } } },
      information: go('information'),
      later: go('home'),
    },
  }),
};
