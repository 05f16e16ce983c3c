/** What to write where a profile is wrong: an example for what is missing, the right place or name for what is unknown. */

/** One line to write for each key that a profile cannot do without. */
const EXAMPLES: Readonly<Record<string, string>> = {
  tenant: 'tenant: lebanon-daem',
  service_name: 'service_name: { ar: دعم, en: DAEM, fr: DAEM }',
  languages: 'languages: { default: ar, offered: [ar, en, fr] }',
  'languages.default': 'default: ar',
  'languages.offered': 'offered: [ar, en, fr]',
  calendar: "calendar: { tz: Asia/Beirut, weekend: [sat, sun], hours: ['08:00', '16:00'] }",
  'calendar.tz': 'tz: Asia/Beirut',
  'calendar.weekend': 'weekend: [sat, sun]',
  'calendar.hours': "hours: ['08:00', '16:00']",
  channels: "channels: { ussd: { code: '*1747#' } }",
  'channels.ussd': "ussd: { code: '*1747#' }",
  'channels.ussd.code': "code: '*1747#'",
  hotline: "hotline: { number: '1747' }",
  'hotline.number': "number: '1747'",
  currency: 'currency: USD',
  programmes: "programmes: { CASH: { name: { en: Cash aid }, amount: '25 + 20*min(members,6)' } }",
};

/** The line to write for a key that is missing; undefined where only the country can tell. */
export function exampleFor(path: readonly PropertyKey[]): string | undefined {
  return EXAMPLES[path.map(String).join('.')];
}

/**
 * What an unknown key was meant to be: the same word where the format has it (`windows.objection_days`), or the nearest
 * word of the same place.
 */
export function meant(schema: object, path: readonly PropertyKey[]): string | undefined {
  const key = String(path.at(-1) ?? '');
  const here = keysAt(schema, path.slice(0, -1));
  const near = here
    .map((known) => ({ known, steps: distance(key, known) }))
    .filter(({ known, steps }) => steps <= Math.max(1, Math.floor(known.length / 4)))
    .sort((one, other) => one.steps - other.steps)[0];
  if (near) return `write ${near.known}`;
  const elsewhere = [...placesOf(schema, key, [])];
  if (elsewhere.length === 1) return `write it as ${elsewhere[0] ?? ''}`;
  return here.length > 0 ? `the keys here are ${here.join(', ')}` : undefined;
}

type Node = {
  properties?: Record<string, Node>;
  additionalProperties?: Node | boolean;
  items?: Node;
  anyOf?: Node[];
};

function keysAt(schema: object, path: readonly PropertyKey[]): string[] {
  let nodes: Node[] = [schema];
  for (const step of path) {
    nodes = nodes
      .flatMap((node) => [node, ...(node.anyOf ?? [])])
      .flatMap((node) => childOf(node, step) ?? []);
  }
  return nodes
    .flatMap((node) => [node, ...(node.anyOf ?? [])])
    .flatMap(({ properties = {} }) => Object.keys(properties));
}

function childOf(node: Node, step: PropertyKey): Node | undefined {
  if (typeof step === 'number') return node.items;
  const { additionalProperties: others } = node;
  return node.properties?.[String(step)] ?? (typeof others === 'object' ? others : undefined);
}

/** Where the format has this key, as it would be written in one line: `windows.objection_days`. */
function* placesOf(node: Node, key: string, path: readonly string[]): Generator<string> {
  for (const [name, child] of Object.entries(node.properties ?? {})) {
    if (name === key) yield [...path, name].join('.');
    yield* placesOf(child, key, [...path, name]);
  }
}

/** Letters to add, leave out, change or swap. */
function distance(one: string, other: string): number {
  let before: number[] = [];
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] === other[j - 1];
      const least = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      next.push(swapped ? Math.min(least, (before[j - 2] ?? 0) + 1) : least);
    }
    before = row;
    row = next;
  }
  return row.at(-1) ?? 0;
}
