/** A private matter (dialogs.md D8): a trained person calls, when it is safe. No details, no text, no SMS, never resumed, never recorded. */
import { begin, consult, createFlow, type Flow } from '../src/conversation/dialog.ts';

export const privateMatter: Flow = {
  name: 'private',
  version: 1,
  resume: 0,
  machine: createFlow({
    id: 'private',
    context: begin,
    initial: 'intro',
    states: {
      intro: {
        meta: {
          screen: { text: 'sen.intro', choices: [{ id: 'dial', key: '1' }], call: true, zero: 'back' },
        },
        on: { 'choose.dial': 'dial', 'choose.call': 'safe' },
      },
      dial: { meta: { screen: { text: 'sen.dial', end: true } } },
      safe: {
        meta: {
          screen: {
            text: 'sen.safe',
            choices: [
              { id: 'any', key: '1' },
              { id: 'time', key: '2' },
              { id: 'unsafe', key: '3' },
            ],
            zero: 'back',
          },
        },
        on: {
          'choose.any': { actions: { type: 'set', params: { time: 'any' } }, target: 'who' },
          'choose.time': 'time',
          'choose.unsafe': 'unsafe',
        },
      },
      time: {
        meta: {
          screen: {
            text: 'sen.time',
            choices: [
              { id: 'morning', key: '1' },
              { id: 'midday', key: '2' },
              { id: 'afternoon', key: '3' },
              { id: 'evening', key: '4' },
            ],
            zero: 'back',
          },
        },
        on: { 'choose.*': { actions: { type: 'fill', params: { slot: 'time' } }, target: 'who' } },
      },
      who: {
        meta: {
          screen: {
            text: 'sen.who',
            choices: [
              { id: 'woman', key: '1' },
              { id: 'man', key: '2' },
              { id: 'any', key: '3' },
            ],
            zero: 'back',
          },
        },
        on: { 'choose.*': { actions: { type: 'fill', params: { slot: 'who' } }, target: 'lodge' } },
      },
      lodge: consult('lodgePrivate', 'done'),
      done: { tags: 'committed', meta: { screen: { text: 'sen.done', end: true } } },
      unsafe: { meta: { screen: { text: 'sen.unsafe', end: true } } },
    },
  }),
};
