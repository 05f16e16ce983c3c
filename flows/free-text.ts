/** A message longer than a command is kept as a complaint; "not a complaint? reply 0" takes it back (dialogs.md §3). */
import { begin, consult, createFlow, type Flow } from '../src/conversation/dialog.ts';

export const freeText: Flow = {
  name: 'freetext',
  version: 1,
  resume: 0,
  machine: createFlow({
    id: 'freetext',
    context: begin,
    initial: 'lodge',
    states: {
      lodge: consult('lodge', 'kept'),
      kept: {
        entry: { type: 'recall', params: { fact: 'ref', slot: 'reference' } },
        tags: 'committed',
        meta: { screen: { text: 'sms.freetext', zero: 'skip', bare: true } },
        on: { 'choose.skip': 'withdraw' },
      },
      withdraw: consult('withdraw', 'withdrawn'),
      withdrawn: { tags: 'committed', meta: { screen: { text: 'sms.withdrawn', bare: true, end: true } } },
    },
  }),
};
