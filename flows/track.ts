/** Follow a complaint by its number: state, more details, too slow, the answer and what she thinks of it (dialogs.md D6). */
import { begin, consult, createFlow, question, when, type Flow } from '../src/conversation/dialog.ts';

export const track: Flow = {
  name: 'track',
  version: 2,
  resume: 10,
  machine: createFlow({
    id: 'track',
    context: begin,
    initial: 'number',
    states: {
      number: question(
        'reference',
        { text: 'grv.track', ask: { kind: 'reference', invalid: 'grv.badref' }, call: true, zero: 'back' },
        'find',
      ),
      find: consult('caseState', 'found'),
      found: {
        always: [
          when('answered', 'answer'),
          when('asked', 'asked'),
          when('open', 'state'),
          when('found', 'seen'),
          when('limit', 'limit'),
          { target: 'none' },
        ],
      },
      state: {
        tags: 'served',
        meta: {
          screen: {
            text: 'grv.state',
            choices: [
              { id: 'add', key: '1' },
              { id: 'slow', key: '2' },
            ],
            call: true,
            zero: 'menu',
          },
        },
        on: { 'choose.add': 'write', 'choose.slow': 'slow' },
      },
      seen: {
        tags: 'served',
        meta: { screen: { text: 'grv.state', call: true, zero: 'menu' } },
      },
      asked: {
        tags: 'served',
        meta: {
          screen: { text: 'grv.question', choices: [{ id: 'add', key: '1' }], call: true, zero: 'menu' },
        },
        on: { 'choose.add': 'write' },
      },
      write: question(
        'addition',
        { text: 'grv.write', ask: { kind: 'text', invalid: 'err.text' }, zero: 'back' },
        'add',
      ),
      add: consult('addDetails', 'adding'),
      adding: { always: [when('refused', 'find'), { target: 'added' }] },
      added: { tags: ['committed', 'served'], meta: { screen: { text: 'grv.added', zero: 'menu' } } },
      slow: consult('tooSlow', 'slowing'),
      slowing: { always: [when('refused', 'find'), { target: 'told' }] },
      told: {
        tags: ['committed', 'served'],
        meta: {
          screens: {
            by: 'outcome',
            cases: {
              early: { text: 'grv.slowearly', call: true, zero: 'menu' },
              told: { text: 'grv.slowtold', call: true, zero: 'menu' },
              reopened: { text: 'grv.reopened', call: true, zero: 'menu' },
            },
            otherwise: { text: 'grv.slow', call: true, zero: 'menu' },
          },
        },
      },
      answer: {
        tags: 'served',
        meta: {
          screen: {
            text: 'grv.answer',
            choices: [
              { id: 'agree', key: '1' },
              { id: 'unsolved', key: '2' },
            ],
            call: true,
            zero: 'menu',
          },
        },
        on: {
          'choose.agree': 'ask',
          'choose.unsolved': { actions: { type: 'set', params: { solved: 'unsolved' } }, target: 'reopen' },
        },
      },
      reopen: consult('caseFeedback', 'told'),
      ask: {
        meta: {
          screen: {
            text: 'fb.ask',
            choices: [
              { id: 'yes', key: '1' },
              { id: 'partly', key: '2' },
              { id: 'no', key: '3' },
            ],
            zero: 'skip',
          },
        },
        on: { 'choose.*': { actions: { type: 'fill', params: { slot: 'solved' } }, target: 'record' } },
      },
      record: consult('caseFeedback', 'recorded'),
      recorded: { always: [when('reopened', 'told'), { target: 'thanks' }] },
      thanks: { tags: ['committed', 'served'], meta: { screen: { text: 'fb.thanks', zero: 'menu' } } },
      limit: { meta: { screen: { text: 'err.limit', call: true, zero: 'exit' } } },
      none: {
        meta: {
          screen: { text: 'grv.noref', choices: [{ id: 'again', key: '1' }], call: true, zero: 'menu' },
        },
        on: {
          'choose.again': { actions: { type: 'forget', params: { slots: ['reference'] } }, target: 'number' },
        },
      },
    },
  }),
};
