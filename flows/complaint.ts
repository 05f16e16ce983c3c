/** Lodge a complaint (dialogs.md D5): named or anonymous, without ID if need be; a second one about the same is shown the first. */
import {
  begin,
  consult,
  createFlow,
  further,
  go,
  question,
  when,
  type Choice,
  type Flow,
} from '../src/conversation/dialog.ts';

const other = further('grv.cat2', 'office', 'lostcard', 'cheating', 'thanks');

const keys = (...ids: string[]): Choice[] => ids.map((id, index) => ({ id, key: String(index + 1) }));

export const complaint: Flow = {
  name: 'complaint',
  version: 2,
  resume: 24 * 60,
  draft: true,
  machine: createFlow({
    id: 'complaint',
    context: begin,
    initial: 'start',
    states: {
      start: {
        always: [
          { guard: { type: 'has', params: { slot: 'matter' } }, target: 'look' },
          { guard: { type: 'said', params: { slot: 'about', value: 'payment' } }, target: 'payment' },
          { target: 'category' },
        ],
      },
      category: {
        meta: {
          screen: {
            text: 'grv.cat',
            choices: keys('payment', 'application', 'wrongdetails', 'staff', 'private'),
            more: true,
            extended: other,
            zero: 'back',
          },
        },
        on: {
          'choose.payment': 'payment',
          'choose.application': 'application',
          'choose.staff': 'staff',
          'choose.private': 'private',
          'choose.more': 'category2',
          'choose.*': { actions: { type: 'fill', params: { slot: 'matter' } }, target: 'look' },
        },
      },
      category2: {
        meta: { screen: { text: 'grv.cat2', choices: other, zero: 'back' } },
        on: { 'choose.*': { actions: { type: 'fill', params: { slot: 'matter' } }, target: 'look' } },
      },
      payment: {
        meta: {
          screen: {
            text: 'pay.prob',
            choices: keys('notreceived', 'lessmoney', 'feeasked', 'card', 'couldnotgo'),
            zero: 'back',
          },
        },
        on: { 'choose.*': { actions: { type: 'fill', params: { slot: 'matter' } }, target: 'look' } },
      },
      application: {
        meta: {
          screen: {
            text: 'grv.app',
            choices: keys('notonlist', 'noanswer', 'refused', 'notregistered', 'stopped'),
            zero: 'back',
          },
        },
        on: {
          'choose.refused': 'appeal',
          'choose.*': { actions: { type: 'fill', params: { slot: 'matter' } }, target: 'look' },
        },
      },
      staff: {
        meta: {
          screen: { text: 'grv.staff', choices: keys('bribe', 'rude', 'favour', 'papers'), zero: 'back' },
        },
        on: {
          'choose.favour': 'private',
          'choose.*': { actions: { type: 'fill', params: { slot: 'matter' } }, target: 'look' },
        },
      },
      look: consult('duplicate', 'looked'),
      looked: {
        always: [
          when('duplicate', 'duplicate'),
          { guard: { type: 'is', params: { fact: 'where', value: 'ask' } }, target: 'area' },
          { target: 'name' },
        ],
      },
      area: {
        meta: { screen: { text: 'id.area', ask: { kind: 'area', invalid: 'err.area' }, zero: 'skip' } },
        always: { guard: { type: 'has', params: { slot: 'area' } }, target: 'name' },
        on: {
          answer: { actions: { type: 'fill', params: { slot: 'area' } } },
          'choose.skip': { actions: { type: 'set', params: { area: 'none' } } },
        },
      },
      duplicate: {
        entry: { type: 'recall', params: { fact: 'ref', slot: 'reference' } },
        meta: { screen: { text: 'grv.dup', choices: keys('add', 'state', 'new'), zero: 'menu' } },
        on: { 'choose.add': 'addition', 'choose.state': 'track', 'choose.new': 'name' },
      },
      addition: question(
        'addition',
        { text: 'grv.write', ask: { kind: 'text', invalid: 'err.text' }, zero: 'back' },
        'add',
      ),
      add: consult('addDetails', 'adding'),
      adding: { always: [when('refused', 'track'), { target: 'added' }] },
      added: { tags: ['committed', 'served'], meta: { screen: { text: 'grv.added', zero: 'menu' } } },
      name: {
        meta: { screen: { text: 'grv.name', choices: keys('named', 'anonymous'), zero: 'back' } },
        always: { guard: { type: 'has', params: { slot: 'named' } }, target: 'helping' },
        on: { 'choose.*': { actions: { type: 'fill', params: { slot: 'named' } } } },
      },
      helping: {
        always: [
          { guard: { type: 'said', params: { slot: 'named', value: 'anonymous' } }, target: 'more' },
          { guard: { type: 'has', params: { slot: 'theirphone' } }, target: 'more' },
          { guard: { type: 'said', params: { slot: 'by', value: 'helper' } }, target: 'theirPhone' },
          { target: 'more' },
        ],
      },
      theirPhone: {
        meta: {
          screen: { text: 'grv.theirphone', ask: { kind: 'phone', invalid: 'err.badphone' }, zero: 'skip' },
        },
        on: {
          answer: { actions: { type: 'fill', params: { slot: 'theirphone' } }, target: 'more' },
          'choose.skip': { actions: { type: 'set', params: { theirphone: 'none' } }, target: 'more' },
        },
      },
      more: {
        meta: { screen: { text: 'grv.more', choices: keys('send', 'write'), call: true, zero: 'back' } },
        always: { guard: { type: 'has', params: { slot: 'details' } }, target: 'check' },
        on: {
          'choose.send': 'check',
          'choose.write': 'write',
          'choose.call': { actions: { type: 'set', params: { callback: 'soon' } }, target: 'lodge' },
        },
      },
      write: question(
        'details',
        { text: 'grv.write', ask: { kind: 'text', invalid: 'err.text' }, zero: 'back' },
        'check',
      ),
      check: {
        meta: { screen: { text: 'grv.check', choices: keys('send', 'change'), zero: 'cancel' } },
        on: {
          'choose.send': 'lodge',
          'choose.change': {
            actions: { type: 'forget', params: { slots: ['matter', 'about', 'named', 'details'] } },
            target: 'category',
          },
        },
      },
      lodge: consult('lodge', 'lodged'),
      lodged: {
        tags: ['committed', 'served'],
        meta: {
          screens: {
            by: 'lodged',
            cases: {
              anonymous: { text: 'grv.doneanon', zero: 'menu' },
              round: { text: 'grv.doneround', zero: 'menu' },
              namedcall: { text: 'grv.donecall', zero: 'menu' },
              anonymouscall: { text: 'grv.doneanoncall', zero: 'menu' },
            },
            otherwise: { text: 'grv.done', zero: 'menu' },
          },
        },
      },
      private: go('private', { carry: ['evidence'] }),
      appeal: go('appeal', { carry: ['by'] }),
      track: go('track', { carry: ['reference'] }),
    },
  }),
};
