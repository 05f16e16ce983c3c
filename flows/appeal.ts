/** I do not agree (dialogs.md D7): within the window, or as a late review; a person decides. */
import { begin, consult, createFlow, go, question, when, type Flow } from '../src/conversation/dialog.ts';

export const appeal: Flow = {
  name: 'appeal',
  version: 1,
  ownOnly: true,
  agentToo: true,
  resume: 24 * 60,
  draft: true,
  machine: createFlow({
    id: 'appeal',
    context: begin,
    initial: 'window',
    states: {
      window: consult('appealWindow', 'windowKnown'),
      windowKnown: { always: [when('open', 'open'), when('late', 'late'), { target: 'why' }] },
      open: {
        meta: {
          screen: { text: 'ap.open', choices: [{ id: 'appeal', key: '1' }], call: true, zero: 'back' },
        },
        on: { 'choose.appeal': 'why' },
      },
      late: {
        meta: {
          screen: {
            text: 'ap.late',
            choices: [
              { id: 'late', key: '1' },
              { id: 'change', key: '2', flow: 'update' },
            ],
            call: true,
            zero: 'menu',
          },
        },
        on: {
          'choose.late': { actions: { type: 'set', params: { late: 'yes' } }, target: 'why' },
          'choose.change': 'change',
        },
      },
      why: {
        meta: {
          screen: {
            text: 'ap.why',
            grounds: true,
            choices: [
              { id: 'income', key: '1' },
              { id: 'family', key: '2' },
              { id: 'visit', key: '3' },
              { id: 'home', key: '4' },
              { id: 'other', key: '5' },
            ],
            zero: 'back',
          },
        },
        always: { guard: { type: 'has', params: { slot: 'ground' } }, target: 'more' },
        on: { 'choose.*': { actions: { type: 'fill', params: { slot: 'ground' } } } },
      },
      more: {
        meta: {
          screen: {
            text: 'grv.more',
            choices: [
              { id: 'send', key: '1' },
              { id: 'write', key: '2' },
            ],
            call: true,
            zero: 'back',
          },
        },
        on: {
          'choose.send': 'lodge',
          'choose.write': 'write',
          'choose.call': { actions: { type: 'set', params: { callback: 'soon' } }, target: 'lodge' },
        },
      },
      write: question(
        'details',
        { text: 'grv.write', ask: { kind: 'text', invalid: 'err.text' }, zero: 'back' },
        'lodge',
      ),
      lodge: consult('lodgeAppeal', 'done'),
      done: {
        tags: ['committed', 'served'],
        meta: {
          screens: {
            by: 'lodged',
            cases: { call: { text: 'ap.donecall', zero: 'menu' } },
            otherwise: { text: 'ap.done', zero: 'menu' },
          },
        },
      },
      change: go('update'),
    },
  }),
};
