/** The console's signs: 16 × 16, drawn with the colour of the text. A sign never stands alone for a meaning. */

const PATHS = {
  search: 'M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9Zm3.3 7.8 3.2 3.2',
  help: 'M5.8 6a2.2 2.2 0 1 1 3.2 2c-.7.4-1 .8-1 1.6m0 2.2v.2M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8Z',
  person: 'M8 8a2.6 2.6 0 1 0 0-5.2A2.6 2.6 0 0 0 8 8Zm-5 5.5c.3-2.4 2.2-3.8 5-3.8s4.7 1.4 5 3.8',
  check: 'm3 8.5 3.2 3.2L13 4.8',
  cross: 'm4 4 8 8m0-8-8 8',
  warning: 'M8 2.2 14.3 13H1.7L8 2.2Zm0 4.3v3m0 1.8v.1',
  info: 'M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8ZM8 7.3v3.6M8 5v.1',
  clock: 'M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8ZM8 4.6V8l2.3 1.5',
  phone:
    'M3.2 2.6h2.3l1.1 3-1.4 1a7.8 7.8 0 0 0 4.2 4.2l1-1.4 3 1.1v2.3c0 .4-.3.7-.7.7A10.3 10.3 0 0 1 2.5 3.3c0-.4.3-.7.7-.7Z',
  message: 'M2.2 3.5h11.6v7.4H7.2l-3 2.4v-2.4h-2V3.5Z',
  key: 'M10.4 2.4a3.2 3.2 0 1 1 0 6.4 3.2 3.2 0 0 1 0-6.4ZM8.1 7.9l-5.6 5.6m1.9-1.9 1.7 1.7',
  lock: 'M4.2 7.3h7.6v5.9H4.2V7.3Zm1.5 0V5a2.3 2.3 0 0 1 4.6 0v2.3',
  hidden: 'M2 8s2.2-3.8 6-3.8S14 8 14 8s-2.2 3.8-6 3.8S2 8 2 8Zm.8 5.2L13.2 2.8',
  forward: 'm6 3 5 5-5 5',
  back: 'm10 3-5 5 5 5',
  down: 'm3.5 6 4.5 4.5L12.5 6',
  file: 'M4 1.8h5l3 3v9.4H4V1.8Zm5 0v3h3',
  money: 'M1.8 4.2h12.4v7.6H1.8V4.2ZM8 6.2a1.8 1.8 0 1 1 0 3.6 1.8 1.8 0 0 1 0-3.6Z',
  up: 'M8 13V3.5M4 7.2 8 3.2l4 4',
  out: 'M6.5 2.5h-4v11h4M6 8h8m-3-3 3 3-3 3',
  dot: 'M8 5.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6Z',
  settings: 'M2.5 4.5h6m3 0h2m-11 7h2m3 0h6M10 2.8v3.4M6 9.8v3.4',
} as const;
export type IconName = keyof typeof PATHS;

/** Signs that point along the line of reading turn with it; clocks and phones do not. */
const TURNS: ReadonlySet<IconName> = new Set(['forward', 'back', 'out', 'message']);

export function Icon({ name }: { name: IconName }) {
  return (
    <svg
      class={TURNS.has(name) ? 'icon turns' : 'icon'}
      viewBox="0 0 16 16"
      width="16"
      height="16"
      fill="none"
      stroke="currentColor"
      stroke-width="1.5"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
