/** What a conversation remembers between turns: JSON, sealed wherever it is stored. */
import type { Facts, FlowName, Slots } from './dialog.ts';
import type { Place } from './run.ts';

/**
 * Who is talking, as far as she has shown it in this session (dialogs.md §4). Never outlives a USSD session, and in a
 * chat ten silent minutes; another channel never inherits it.
 */
export type Identity = {
  /** `1`: the number is registered; `2`: document ending and birth year too; `2u`: all digits, from another phone. */
  level: '1' | '2' | '2u';
  person: string;
  household: string;
  /** Named proxies see payments and complain; they change nothing. */
  proxy?: true;
  /** A proxy who may also ask how the file stands and object for the household (profile: `nominated_agent`). */
  agent?: true;
};

export type Session = {
  /** Null until she has chosen. */
  language: string | null;
  here: Place | null;
  /** The way back, oldest first; empty after something was stored. */
  back: Place[];
  /** The flow that waits for identity. */
  goal: { flow: FlowName; slots: Slots } | null;
  /** The place that `resume` offers to continue. */
  cut: Place | null;
  /** That place is of another channel. */
  brought?: boolean;
  identity: Identity | null;
  /** Wrong keys in a row. */
  wrong: number;
  /** The list of choices is hidden behind "press a number from the list". */
  scolded: boolean;
  /** Texts in a row that nobody understood (SMS and chat). */
  unclear: number;
  /** First choice shown of a run-time list. */
  offset: number;
  /** Page shown, and how many the renderer made of the screen. */
  page: number;
  pages: number;
  /** The question asked is an identity secret: its answer is masked in every record. */
  secret: boolean;
  /** A task was done in this session: the moment to ask for consent. */
  served: boolean;
  /** The question of consent was put in this session: not again before the next. */
  asked: boolean;
  /** Time of the last input, ISO. */
  at: string;
};

export const newSession = (language: string | null, at: Date): Session => ({
  language,
  here: null,
  back: [],
  goal: null,
  cut: null,
  identity: null,
  wrong: 0,
  scolded: false,
  unclear: 0,
  offset: 0,
  page: 0,
  pages: 1,
  secret: false,
  served: false,
  asked: false,
  at: at.toISOString(),
});

/** What the renderers are given: the screen's parts that apply now, and the values its texts may name. */
export type Shown = {
  offered: Offered;
  /** A line before the text. */
  preface?: string;
  /** The text to show, where it is not the screen's own: the answer did not fit. */
  notice?: string;
  values: { slots: Slots; facts: Facts };
  page: number;
};

/** A choice as it is offered now. `label`: a text key, or the fact-made item of a run-time list. */
export type OfferedChoice = {
  id: string;
  key: string;
  label: { text: string } | { list: string; item: string; status?: string };
};

/** A screen with its hidden choices removed and its list cut to what is shown. */
export type Offered = {
  text: string;
  /** Lines above the text, each with its own values. */
  lines?: { text: string; values: Facts }[];
  choices: OfferedChoice[];
  zero?: string;
  call: boolean;
  more: boolean;
  /** Nothing can be answered. */
  end: boolean;
  /** The text names its own keys: no lines are added. */
  bare: boolean;
};
