/** Who can get aid, papers, rights, nearest office, fraud (dialogs.md D9): no identity asked, nothing personal shown. */
import { begin, consult, createFlow, go, question, when, type Flow } from '../src/conversation/dialog.ts';

const apply = { id: 'apply', key: '1' } as const;
const inArea = { id: 'area', key: '2' } as const;
const bySms = { id: 'sms', key: '3' } as const;

export const information: Flow = {
  name: 'information',
  version: 2,
  resume: 0,
  machine: createFlow({
    id: 'information',
    context: begin,
    initial: 'menu',
    states: {
      menu: {
        meta: {
          screen: {
            text: 'inf.menu',
            choices: [
              { id: 'who', key: '1' },
              { id: 'papers', key: '2' },
              { id: 'rights', key: '3' },
              { id: 'office', key: '4' },
              { id: 'fraud', key: '5' },
            ],
            zero: 'back',
          },
        },
        on: {
          'choose.who': 'programmes',
          'choose.papers': 'papers',
          'choose.rights': 'rights',
          'choose.office': 'office',
          'choose.fraud': 'fraud',
        },
      },
      programmes: consult('programmes', 'which'),
      which: { always: [when('one', 'criteria'), { target: 'list' }] },
      list: {
        meta: { screen: { text: 'inf.choose', list: 'programmes', zero: 'back' } },
        on: { 'choose.*': { actions: { type: 'fill', params: { slot: 'programme' } }, target: 'criteria' } },
      },
      criteria: consult('information', 'who'),
      who: {
        meta: {
          screens: {
            by: 'offer',
            cases: {
              sms: { text: 'inf.who', choices: [apply, bySms], zero: 'menu' },
              area: { text: 'inf.who', choices: [apply, inArea], zero: 'menu' },
            },
            otherwise: { text: 'inf.who', choices: [apply], call: true, zero: 'menu' },
          },
        },
        on: { 'choose.apply': 'apply', 'choose.sms': 'maySend', 'choose.area': 'area' },
      },
      area: question(
        'area',
        { text: 'inf.area', ask: { kind: 'area', invalid: 'err.area' }, call: true, zero: 'back' },
        'amount',
      ),
      amount: {
        ...consult('amountInArea', 'line'),
        exit: { type: 'forget', params: { slots: ['area'] } },
      },
      line: { always: [when('found', 'found'), { target: 'notFound' }] },
      found: { tags: 'served', meta: { screen: { text: 'inf.line', call: true, zero: 'menu' } } },
      notFound: {
        meta: { screen: { text: 'inf.noline', call: true, zero: 'menu' } },
      },
      maySend: {
        meta: { screen: { text: 'inf.sms', choices: [{ id: 'yes', key: '1' }], zero: 'back' } },
        on: { 'choose.yes': 'send' },
      },
      send: consult('informationBySms', 'sending'),
      sending: { always: [when('sent', 'sent'), { target: 'notSent' }] },
      sent: { tags: ['committed', 'served'], meta: { screen: { text: 'st.smssent', zero: 'menu' } } },
      notSent: { meta: { screen: { text: 'st.smsno', zero: 'menu' } } },
      apply: { always: [when('closed', 'closed'), { target: 'papers' }] },
      closed: {
        meta: {
          screen: {
            text: 'inf.closed',
            choices: [{ id: 'tellme', key: '1', level: 2 }],
            call: true,
            zero: 'menu',
          },
        },
        on: { 'choose.tellme': 'tell' },
      },
      tell: consult('tellWhenOpen', 'told'),
      told: { tags: 'committed', meta: { screen: { text: 'inf.told', zero: 'menu' } } },
      papers: { meta: { screen: { text: 'inf.docs', call: true, zero: 'menu' } } },
      rights: {
        meta: {
          screen: {
            text: 'inf.rights',
            choices: [{ id: 'record', key: '1', flow: 'record' }],
            zero: 'menu',
          },
        },
        on: { 'choose.record': 'record' },
      },
      record: go('record'),
      office: consult('nearestOffice', 'officeKnown'),
      officeKnown: { meta: { screen: { text: 'inf.office', call: true, zero: 'menu' } } },
      fraud: {
        meta: {
          screen: {
            text: 'inf.fraud',
            choices: [{ id: 'report', key: '1', flow: 'complaint' }],
            call: true,
            zero: 'menu',
          },
        },
        on: { 'choose.report': 'report' },
      },
      report: go('complaint', { set: { matter: 'cheating' } }),
    },
  }),
};
