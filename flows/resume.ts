/** "The line was cut last time": offered on the next dial; on another channel as an unfinished draft. Names no topic: phones are shared. */
import { begin, createFlow, go, type Flow } from '../src/conversation/dialog.ts';

const choices = [
  { id: 'continue', key: '1' },
  { id: 'restart', key: '2' },
] as const;

export const resume: Flow = {
  name: 'resume',
  version: 1,
  resume: 0,
  machine: createFlow({
    id: 'resume',
    context: begin,
    initial: 'from',
    states: {
      from: {
        always: [
          { guard: { type: 'said', params: { slot: 'from', value: 'elsewhere' } }, target: 'draft' },
          { target: 'cut' },
        ],
      },
      cut: {
        meta: { screen: { text: 'entry.resume', choices, zero: 'exit' } },
        on: { 'choose.continue': 'continued', 'choose.restart': 'restarted' },
      },
      draft: {
        meta: { screen: { text: 'entry.draft', choices, zero: 'exit' } },
        on: { 'choose.continue': 'continued', 'choose.restart': 'restarted' },
      },
      continued: go('resumed'),
      restarted: go('home'),
    },
  }),
};
