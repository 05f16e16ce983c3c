/** "Call me", key 8 from anywhere (dialogs.md D10): a promised time, on this phone or another. */
import { begin, consult, createFlow, go, question, when, type Flow } from '../src/conversation/dialog.ts';

export const callback: Flow = {
  name: 'callback',
  version: 1,
  resume: 10,
  machine: createFlow({
    id: 'callback',
    context: begin,
    initial: 'start',
    states: {
      start: {
        always: [
          { guard: { type: 'said', params: { slot: 'when', value: 'other' } }, target: 'phone' },
          { target: 'when' },
        ],
      },
      when: {
        meta: {
          screen: {
            text: 'cb.when',
            choices: [
              { id: 'soon', key: '1' },
              { id: 'morning', key: '2' },
              { id: 'afternoon', key: '3' },
              { id: 'other', key: '4' },
            ],
            zero: 'back',
          },
        },
        on: {
          'choose.other': 'phone',
          'choose.soon': { actions: { type: 'fill', params: { slot: 'when' } }, target: 'hours' },
          'choose.*': { actions: { type: 'fill', params: { slot: 'when' } }, target: 'request' },
        },
      },
      phone: question(
        'phone',
        { text: 'cb.phone', ask: { kind: 'phone', invalid: 'err.badphone' }, zero: 'back' },
        'soon',
      ),
      soon: { entry: { type: 'set', params: { when: 'soon' } }, always: 'hours' },
      hours: consult('callTimes', 'hoursKnown'),
      hoursKnown: { always: [when('closed', 'closed'), { target: 'request' }] },
      closed: {
        meta: {
          screen: {
            text: 'err.ooh',
            choices: [
              { id: 'later', key: '1' },
              { id: 'complaint', key: '2', flow: 'complaint' },
              { id: 'danger', key: '3' },
            ],
            zero: 'menu',
          },
        },
        on: { 'choose.later': 'request', 'choose.complaint': 'complaint', 'choose.danger': 'danger' },
      },
      danger: { meta: { screen: { text: 'sen.dial', end: true } } },
      request: consult('requestCall', 'requested'),
      requested: { always: [when('full', 'full'), { target: 'done' }] },
      full: {
        tags: 'committed',
        meta: {
          screen: {
            text: 'cb.full',
            choices: [
              { id: 'ok', key: '1' },
              { id: 'complaint', key: '2', flow: 'complaint' },
            ],
            zero: 'menu',
          },
        },
        on: { 'choose.ok': 'home', 'choose.complaint': 'complaint' },
      },
      done: { tags: ['committed', 'served'], meta: { screen: { text: 'cb.done', zero: 'menu' } } },
      complaint: go('complaint'),
      home: go('home'),
    },
  }),
};
