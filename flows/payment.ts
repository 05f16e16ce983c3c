/** The payment menu (dialogs.md D4): what needs identity, and what can be reported without it. */
import { begin, createFlow, go, type Flow } from '../src/conversation/dialog.ts';

export const payment: Flow = {
  name: 'payment',
  version: 1,
  resume: 10,
  machine: createFlow({
    id: 'payment',
    context: begin,
    initial: 'menu',
    states: {
      menu: {
        meta: {
          screen: {
            text: 'pay.menu',
            choices: [
              { id: 'next', key: '1' },
              { id: 'received', key: '2' },
              { id: 'problem', key: '3' },
              { id: 'where', key: '4' },
            ],
            call: true,
            zero: 'back',
          },
        },
        on: {
          'choose.next': 'next',
          'choose.received': 'received',
          'choose.problem': 'problem',
          'choose.where': 'where',
        },
      },
      next: go('nextpayment'),
      received: go('nextpayment', { set: { want: 'confirm' } }),
      where: go('nextpayment', { set: { want: 'where' } }),
      problem: go('complaint', { set: { about: 'payment' } }),
    },
  }),
};
