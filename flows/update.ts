/** Something changed in the family (dialogs.md D11): always a request that people check, never a direct edit. */
import {
  begin,
  consult,
  createFlow,
  further,
  question,
  when,
  type Flow,
} from '../src/conversation/dialog.ts';

const other = further('up.more', 'marriage', 'income', 'school', 'illness', 'correction');

const said = <Target extends string>(value: string, target: Target) => ({
  guard: { type: 'said' as const, params: { slot: 'change', value } },
  target,
});

export const update: Flow = {
  name: 'update',
  version: 1,
  needs: 2,
  ownOnly: true,
  resume: 24 * 60,
  draft: true,
  machine: createFlow({
    id: 'update',
    context: begin,
    initial: 'start',
    states: {
      start: {
        always: [
          { guard: { type: 'has', params: { slot: 'died' } }, target: 'lodge' },
          { guard: { type: 'has', params: { slot: 'change' } }, target: 'route' },
          { target: 'menu' },
        ],
      },
      menu: {
        meta: {
          screen: {
            text: 'up.menu',
            choices: [
              { id: 'phone', key: '1' },
              { id: 'birth', key: '2' },
              { id: 'death', key: '3' },
              { id: 'moved', key: '4' },
              { id: 'proxy', key: '5' },
            ],
            more: true,
            extended: other,
            zero: 'back',
          },
        },
        on: {
          'choose.more': 'more',
          'choose.*': { actions: { type: 'fill', params: { slot: 'change' } }, target: 'route' },
        },
      },
      more: {
        meta: { screen: { text: 'up.more', choices: other, zero: 'back' } },
        on: { 'choose.*': { actions: { type: 'fill', params: { slot: 'change' } }, target: 'route' } },
      },
      route: {
        always: [said('phone', 'phone'), said('death', 'death'), said('moved', 'area'), { target: 'lodge' }],
      },
      phone: {
        always: { guard: { type: 'has', params: { slot: 'oldphone' } }, target: 'newPhone' },
        meta: {
          screen: {
            text: 'up.phone',
            choices: [
              { id: 'old', key: '1' },
              { id: 'lost', key: '2' },
            ],
            zero: 'back',
          },
        },
        on: { 'choose.*': { actions: { type: 'fill', params: { slot: 'oldphone' } }, target: 'newPhone' } },
      },
      newPhone: question(
        'phone',
        { text: 'up.phonenew', ask: { kind: 'phone', invalid: 'err.badphone' }, zero: 'back' },
        'again',
      ),
      again: question(
        'phoneagain',
        { text: 'up.phoneagain', ask: { kind: 'phone', invalid: 'err.badphone' }, zero: 'back' },
        'lodge',
      ),
      area: question(
        'area',
        { text: 'up.area', ask: { kind: 'text', invalid: 'err.text' }, zero: 'back' },
        'lodge',
      ),
      death: {
        meta: {
          screen: {
            text: 'up.death',
            choices: [
              { id: 'head', key: '1' },
              { id: 'member', key: '2' },
            ],
            call: true,
            zero: 'back',
          },
        },
        on: { 'choose.*': { actions: { type: 'fill', params: { slot: 'died' } }, target: 'lodge' } },
      },
      lodge: consult('lodgeUpdate', 'lodged'),
      lodged: { always: [when('differs', 'differs'), { target: 'done' }] },
      differs: {
        entry: { type: 'forget', params: { slots: ['phone', 'phoneagain'] } },
        meta: {
          screen: {
            text: 'up.phonediffers',
            ask: { kind: 'phone', invalid: 'err.badphone' },
            call: true,
            zero: 'back',
          },
        },
        on: { answer: { actions: { type: 'fill', params: { slot: 'phone' } }, target: 'again' } },
      },
      done: {
        tags: ['committed', 'served'],
        meta: {
          screens: {
            by: 'recorded',
            cases: {
              phone: { text: 'up.phonedone', zero: 'menu' },
              head: { text: 'up.deathhead', zero: 'menu' },
              member: { text: 'up.deathmem', zero: 'menu' },
              proxy: { text: 'up.proxy', zero: 'menu' },
              institution: { text: 'up.sentto', zero: 'menu' },
            },
            otherwise: { text: 'up.saved', zero: 'menu' },
          },
        },
      },
    },
  }),
};
