/** The menu (dialogs.md D1): the digits that people memorise. */
import { begin, createFlow, go, type Choice, type Flow, type TextKey } from '../src/conversation/dialog.ts';

const more: readonly (Choice & { text: TextKey })[] = [
  { id: 'update', key: '1', flow: 'update', text: 'entry.more.update' },
  { id: 'services', key: '2', flow: 'referral', text: 'entry.more.services' },
  { id: 'messages', key: '3', text: 'entry.more.messages' },
  { id: 'language', key: '4', flow: 'language', text: 'entry.more.language' },
  { id: 'track', key: '5', flow: 'track', text: 'entry.more.track' },
];

export const entry: Flow = {
  name: 'entry',
  version: 1,
  resume: 0,
  machine: createFlow({
    id: 'entry',
    context: begin,
    initial: 'menu',
    on: {
      'choose.status': '.status',
      'choose.payment': '.payment',
      'choose.complaint': '.complaint',
      'choose.information': '.information',
      'choose.update': '.update',
      'choose.services': '.services',
      'choose.messages': '.messages',
      'choose.language': '.language',
      'choose.track': '.track',
    },
    states: {
      menu: {
        meta: {
          screen: {
            text: 'entry.menu',
            choices: [
              { id: 'status', key: '1', flow: 'status' },
              { id: 'payment', key: '2', flow: 'payment' },
              { id: 'complaint', key: '3', flow: 'complaint' },
              { id: 'information', key: '4' },
            ],
            call: true,
            more: true,
            extended: more,
            sms: 'sms.help',
          },
        },
        on: { 'choose.more': 'more' },
      },
      more: { meta: { screen: { text: 'entry.more', choices: more, zero: 'back' } } },
      status: go('status'),
      payment: go('payment'),
      complaint: go('complaint'),
      information: go('information'),
      update: go('update'),
      services: go('referral'),
      messages: go('consent'),
      language: go('language'),
      track: go('track'),
    },
  }),
};
