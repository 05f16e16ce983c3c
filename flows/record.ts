/** My record: every benefit that is held of her, whose it is and since when; and what to do where it is wrong (dialogs.md D9). */
import {
  begin,
  consult,
  createFlow,
  go,
  question,
  recordsAway,
  when,
  type Flow,
} from '../src/conversation/dialog.ts';

export const record: Flow = {
  name: 'record',
  version: 1,
  needs: 2,
  ownOnly: true,
  resume: 10,
  machine: createFlow({
    id: 'record',
    context: begin,
    initial: 'load',
    states: {
      load: consult('myRecord', 'loaded'),
      loaded: {
        always: [
          when('shown', 'show'),
          when('none', 'none'),
          when('undisclosed', 'undisclosed'),
          when('private', 'dial'),
          { target: 'keep' },
        ],
      },
      show: {
        tags: ['committed', 'served'],
        meta: {
          screen: {
            text: 'rec.show',
            lines: 'entries',
            choices: [{ id: 'wrong', key: '1', flow: 'update' }],
            zero: 'menu',
          },
        },
        on: { 'choose.wrong': 'which' },
      },
      which: {
        meta: { screen: { text: 'st.list', list: 'programmes', zero: 'back' } },
        on: { 'choose.*': { actions: { type: 'fill', params: { slot: 'programme' } }, target: 'more' } },
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
        on: { 'choose.send': 'correct', 'choose.write': 'write' },
      },
      write: question(
        'details',
        { text: 'grv.write', ask: { kind: 'text', invalid: 'err.text' }, zero: 'back' },
        'correct',
      ),
      none: {
        tags: 'served',
        meta: {
          screen: { text: 'st.none', choices: [{ id: 'complaint', key: '2' }], call: true, zero: 'menu' },
        },
        on: { 'choose.complaint': 'notListed' },
      },
      undisclosed: { meta: { screen: { text: 'st.next.undisclosed', call: true, zero: 'menu' } } },
      dial: { meta: { screen: { text: 'sms.dial', bare: true, end: true } } },
      keep: {
        entry: { type: 'set', params: { goal: 'status' } },
        ...consult('keepRequest', 'kept'),
      },
      kept: {
        tags: 'committed',
        meta: { screen: recordsAway },
        on: { 'choose.complaint': 'complaint' },
      },
      correct: go('update', { carry: ['programme', 'details'], set: { change: 'record' } }),
      notListed: go('complaint', { set: { matter: 'notonlist' } }),
      complaint: go('complaint'),
    },
  }),
};
