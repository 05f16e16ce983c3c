/** May we send messages to this phone? Asked after the first task is served, and under 9, 3 (dialogs.md D12). */
import { begin, consult, createFlow, go, type Flow } from '../src/conversation/dialog.ts';

export const consent: Flow = {
  name: 'consent',
  version: 1,
  resume: 0,
  machine: createFlow({
    id: 'consent',
    context: begin,
    initial: 'first',
    states: {
      first: {
        meta: {
          screen: {
            text: 'con.first',
            choices: [
              { id: 'full', key: '1' },
              { id: 'discreet', key: '2' },
              { id: 'none', key: '3' },
            ],
            zero: 'later',
          },
        },
        always: { guard: { type: 'has', params: { slot: 'consent' } }, target: 'save' },
        on: {
          'choose.later': 'later',
          'choose.*': { actions: { type: 'fill', params: { slot: 'consent' } } },
        },
      },
      save: consult('saveConsent', 'saved'),
      saved: { tags: 'committed', meta: { screen: { text: 'con.saved', zero: 'menu' } } },
      later: go('home'),
    },
  }),
};
