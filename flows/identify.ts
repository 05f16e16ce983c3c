/**
 * Who is asking (dialogs.md D2 and §4): phone + last 4 digits of a document + birth year (or, where births are not
 * recorded, the code of the area), or from another phone all digits. Unknown, wrong and locked never read differently to a stranger; secrets are forgotten once checked.
 */
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

const yearOfBirth = {
  text: 'id.yob',
  ask: { kind: 'year', invalid: 'err.year', secret: true },
  zero: 'back',
} as const;
const codeOfArea = {
  text: 'id.area',
  ask: { kind: 'area', invalid: 'err.area', secret: true },
  zero: 'back',
} as const;
const byArea = { guard: { type: 'is', params: { fact: 'second', value: 'area' } } } as const;
const forgetSecrets = { type: 'forget', params: { slots: ['last4', 'year', 'area', 'document'] } } as const;

export const identify: Flow = {
  name: 'identify',
  version: 2,
  resume: 10,
  machine: createFlow({
    id: 'identify',
    context: begin,
    initial: 'start',
    on: {
      'choose.complaint': '.complaint',
      'choose.information': '.information',
    },
    states: {
      start: {
        always: [
          { guard: { type: 'said', params: { slot: 'known', value: 'proxy' } }, target: 'proxy' },
          { target: 'owner' },
        ],
      },
      owner: consult('phoneOwner', 'owned'),
      owned: {
        always: [
          when('matched', 'last4'),
          when('roles', 'who'),
          when('known', 'done'),
          when('private', 'done'),
          when('shared', 'shared'),
          when('locked', 'locked'),
          when('limit', 'limit'),
          when('unavailable', 'keep'),
          { target: 'unregistered' },
        ],
      },
      who: {
        meta: {
          screen: {
            text: 'id.who',
            choices: [
              { id: 'head', key: '1' },
              { id: 'member', key: '2' },
              { id: 'proxy', key: '3' },
              { id: 'helper', key: '4' },
            ],
            zero: 'back',
          },
        },
        on: {
          'choose.helper': 'helper',
          'choose.*': { actions: { type: 'fill', params: { slot: 'who' } }, target: 'last4' },
        },
      },
      last4: question(
        'last4',
        { text: 'id.last4', ask: { kind: 'last4', invalid: 'err.fmt4', secret: true }, zero: 'back' },
        'second',
      ),
      second: { always: [{ ...byArea, target: 'area' }, { target: 'year' }] },
      year: question('year', yearOfBirth, 'check'),
      area: question('area', codeOfArea, 'check'),
      check: consult('checkIdentity', 'checked'),
      checked: {
        entry: forgetSecrets,
        always: [
          when('ok', 'done'),
          when('proxy', 'proxy'),
          when('nomatch', 'mismatch'),
          when('locked', 'locked'),
          when('deceased', 'deceased'),
          when('minor', 'minor'),
          { target: 'keep' },
        ],
      },
      mismatch: {
        meta: {
          screen: { text: 'err.nomatch', choices: [{ id: 'again', key: '1' }], call: true, zero: 'menu' },
        },
        on: { 'choose.again': 'last4' },
      },
      locked: { meta: { screen: { text: 'err.locked', call: true, zero: 'menu' } } },
      limit: { meta: { screen: { text: 'err.limit', call: true, zero: 'exit' } } },
      minor: { meta: { screen: { text: 'err.minor', zero: 'menu' } } },
      shared: {
        meta: {
          screen: { text: 'err.shared', choices: [{ id: 'complaint', key: '2' }], call: true, zero: 'menu' },
        },
      },
      helper: {
        meta: {
          screen: {
            text: 'err.helper',
            choices: [
              { id: 'complaint', key: '1' },
              { id: 'callthem', key: '2' },
            ],
            zero: 'back',
          },
        },
        on: { 'choose.complaint': 'forSomebody', 'choose.callthem': 'callthem' },
      },
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
        on: { 'choose.payment': 'payment' },
      },
      deceased: {
        meta: {
          screen: {
            text: 'err.deceased',
            choices: [
              { id: 'newhead', key: '1' },
              { id: 'mistake', key: '2' },
            ],
            call: true,
            zero: 'menu',
          },
        },
        on: { 'choose.newhead': 'newhead', 'choose.mistake': 'mistake' },
      },
      unregistered: {
        meta: {
          screen: {
            text: 'err.phone',
            choices: [
              { id: 'document', key: '1' },
              { id: 'complaint', key: '2' },
              { id: 'information', key: '3' },
            ],
            call: true,
            zero: 'exit',
          },
        },
        on: { 'choose.document': 'document' },
      },
      document: question(
        'document',
        { text: 'id.full', ask: { kind: 'document', invalid: 'err.document', secret: true }, zero: 'back' },
        'documentSecond',
      ),
      documentSecond: { always: [{ ...byArea, target: 'documentArea' }, { target: 'documentYear' }] },
      documentYear: question('year', yearOfBirth, 'checkDocument'),
      documentArea: question('area', codeOfArea, 'checkDocument'),
      checkDocument: consult('checkDocument', 'documentChecked'),
      documentChecked: {
        entry: forgetSecrets,
        always: [
          when('ok', 'done'),
          when('unknown', 'unknown'),
          when('limit', 'limit'),
          when('deceased', 'deceased'),
          when('minor', 'minor'),
          { target: 'keep' },
        ],
      },
      unknown: {
        meta: {
          screen: {
            text: 'err.unknownid',
            choices: [
              { id: 'again', key: '1' },
              { id: 'complaint', key: '2' },
            ],
            call: true,
            zero: 'menu',
          },
        },
        on: { 'choose.again': 'document', 'choose.complaint': 'notListed' },
      },
      keep: consult('keepRequest', 'kept'),
      kept: {
        tags: 'committed',
        meta: { screen: recordsAway },
      },
      done: go('goal'),
      payment: go('nextpayment'),
      complaint: go('complaint'),
      forSomebody: go('complaint', { set: { by: 'helper' } }),
      notListed: go('complaint', { set: { matter: 'notonlist' } }),
      information: go('information'),
      callthem: go('callback', { set: { when: 'other', by: 'helper' } }),
      newhead: go('update', { set: { change: 'death', died: 'head' } }),
      mistake: go('complaint', { set: { matter: 'recordeddead' } }),
    },
  }),
};
