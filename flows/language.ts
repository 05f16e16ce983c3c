/** Which language? The first question ever asked on a phone, and after two wrong keys on the first screen. */
import { begin, createFlow, go, type Flow } from '../src/conversation/dialog.ts';

export const language: Flow = {
  name: 'language',
  version: 1,
  resume: 0,
  machine: createFlow({
    id: 'language',
    context: begin,
    initial: 'pick',
    states: {
      pick: {
        meta: {
          screen: {
            text: 'lang.pick',
            languages: true,
          },
        },
        on: { 'choose.*': { actions: { type: 'fill', params: { slot: 'language' } }, target: 'picked' } },
      },
      picked: go('home', { carry: ['language'] }),
    },
  }),
};
