/** What a screen offers here and now: one list for the renderer that shows it and the decoder that reads the answer. */
import type { Channel, Choice, Facts, FlowName, Screen, Written } from './dialog.ts';
import type { Offered, OfferedChoice } from './session.ts';

/** What the deployment offers at all. */
export type Offering = {
  flows: ReadonlySet<FlowName>;
  /** In menu order. */
  languages: readonly string[];
  /** Engagement level, 1 to 4; without one, everything. */
  level?: number;
  /** Grounds of an appeal, in menu order; without them, those of the screen. */
  grounds?: readonly string[];
};

/** Choices of a run-time list on one screen: at most five (dialogs.md R1). */
export const LIST_PAGE = 5;

/**
 * An item of a run-time list: its id, which also names what it is called (`list`: programmes -> a programme's name).
 * `status`: how it stands, where the items do not all stand alike.
 */
export type ListItem = { id: string; status?: string };

export function offer(
  screen: Screen,
  facts: Facts,
  channel: Channel,
  offset: number,
  offering: Offering,
): Offered {
  const roomy = channel === 'whatsapp';
  const items = screen.list ? listItems(facts[screen.list]) : [];
  const visible = roomy ? items : items.slice(offset, offset + LIST_PAGE);
  // The words of a text message name all the keys: where one of them is not offered, the screen is listed instead.
  const own = choicesOf(screen, offering);
  const isWhole = own.every((choice) => isOffered(choice, offering));
  const spoken = channel === 'sms' && screen.sms !== undefined && isWhole;
  const extended = roomy && screen.extended !== undefined;
  const choices: OfferedChoice[] = [
    ...own
      .filter((choice) => isOffered(choice, offering))
      .map(({ id, key }) => ({ id, key, label: { text: `${screen.text}.${id}` } })),
    ...(extended ? (screen.extended ?? []) : [])
      .filter((choice) => isOffered(choice, offering))
      .map(({ id, text }) => ({ id, key: '', label: { text } })),
    ...(screen.languages ? offering.languages : []).map((id, index) => ({
      id,
      key: String(index + 1),
      label: { text: `${screen.text}.${id}` },
    })),
    ...visible.map(({ id, status }, index) => ({
      id,
      key: String(index + 1),
      label: { list: screen.list ?? '', item: id, ...(status === undefined ? {} : { status }) },
    })),
  ];
  const leadsOn =
    visible.length < items.length - offset ||
    (!extended && (screen.more === true || (typeof screen.more === 'string' && facts[screen.more] === true)));
  return {
    text: spoken && screen.sms ? screen.sms : screen.text,
    ...(screen.lines ? { lines: linesOf(facts[screen.lines]) } : {}),
    choices,
    ...(screen.zero ? { zero: screen.zero } : {}),
    call: screen.call === true,
    more: leadsOn,
    end: screen.end === true,
    bare: screen.bare === true || spoken,
  };
}

function choicesOf({ choices = [], grounds }: Screen, offering: Offering): readonly Choice[] {
  if (!grounds || !offering.grounds) return choices;
  return offering.grounds.map((id, index) => ({ id, key: String(index + 1) }));
}

function isOffered(choice: { flow?: FlowName; level?: number }, offering: Offering): boolean {
  if (choice.flow && !offering.flows.has(choice.flow)) return false;
  return (choice.level ?? 1) <= (offering.level ?? 4);
}

function linesOf(lines: unknown): Written[] {
  return Array.isArray(lines) ? (lines as Written[]) : [];
}

export function listItems(list: unknown): ListItem[] {
  return Array.isArray(list) ? (list as ListItem[]) : [];
}
