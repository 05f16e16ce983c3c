/** One turn of a conversation: a session and an input in, a session and what to show out. Stores and sends nothing. */
import type { Channel, Facts, Flow, FlowName, Screen, Slots, TextKey } from './dialog.ts';
import { decode, decodeTap, type Input, type Meaning, type Readers } from './input.ts';
import { wordCount, type IntentMatch } from './keywords.ts';
import { LIST_PAGE, listItems, offer, type Offering } from './offer.ts';
import { accepts, look, names, send, start, type Answer, type Place, type Stop } from './run.ts';
import type { Session, Shown } from './session.ts';
import { detectLanguage } from './normalize.ts';
import { takeMedia } from './evidence.ts';
import { answerAsked, understand } from './understand.ts';

/** What a turn may use of the world outside. */
export type World = {
  channel: Channel;
  now: Date;
  flows: ReadonlyMap<FlowName, Flow>;
  offering: Offering;
  /** Her answer to "may we send messages": `unasked` until she gave one. */
  consent: 'unasked' | 'full' | 'discreet' | 'none';
  /** An unfinished draft on another channel, to be offered once. */
  elsewhere: Place | null;
  /** Answers a flow's question for this person; `identity` of the session may be set while it does. */
  answer(ask: Parameters<Answer>[0], slots: Slots, session: Session): Promise<Facts>;
  intent: (text: string) => IntentMatch | undefined;
  /** Whether words accuse somebody of the programme. */
  accuses: (text: string) => boolean;
  readers: Readers;
};

/** `session` is to be stored with whatever `shown` becomes; `ended`: the channel may close. */
export type Taken = { session: Session; shown: Shown; ended: boolean; screen: Screen; place: Place | null };

/** Steps back that are remembered. */
const MAX_BACK = 8;

/** Minutes of silence after which a chat has forgotten who is talking (a USSD session forgets when it ends). */
const IDENTITY_MINUTES = 10;

const BYE: Screen = { text: 'entry.bye', end: true };
const SCOLD: Screen = { text: 'err.choice', choices: [{ id: 'again', key: '1' }], call: true, zero: 'menu' };

/** Flows that are a first screen: nothing of theirs is worth going back or coming back to. */
const FIRST: ReadonlySet<FlowName> = new Set(['entry', 'language', 'resume']);

export async function take(stored: Session, input: Input, world: World): Promise<Taken> {
  const session = { ...stored, at: world.now.toISOString() };
  const silence = (world.now.getTime() - Date.parse(stored.at)) / 60_000;
  const [only, ...others] = world.offering.languages;
  if (only !== undefined && others.length === 0) session.language = only;
  if (input.kind === 'dial' || silence > IDENTITY_MINUTES) {
    session.identity = null;
    session.asked = false;
  }
  const turn = new Turn(session, world, Date.parse(stored.at));
  if (input.kind === 'dial') return turn.dial(silence);
  return turn.input(input);
}

/** The moves of one turn. They end in a screen; `session` is rewritten as they go. */
export class Turn {
  readonly session: Session;
  readonly world: World;
  /** When she was last heard before this turn, in milliseconds. */
  readonly lastHeard: number;

  constructor(session: Session, world: World, lastHeard: number) {
    this.session = session;
    this.world = world;
    this.lastHeard = lastHeard;
  }

  /** A new call to the service code: offers what a dropped line left open. */
  async dial(silence: number): Promise<Taken> {
    const cut = this.leftOpen(silence);
    Object.assign(this.session, { here: null, back: [], wrong: 0, scolded: false, offset: 0, served: false });
    if (!this.session.language) {
      // Read now: the turn that brings her language may not know of it.
      this.keepCut(cut);
      return this.begin('language', {});
    }
    if (!cut) this.session.goal = null;
    return this.first(cut);
  }

  /** Where the line was cut, if that is worth coming back to; cut again at the offer itself, the offer still stands. */
  private leftOpen(silence: number): Place | null {
    const { here, cut } = this.session;
    const place = here?.flow === 'resume' ? cut : here;
    const flow = place && this.world.flows.get(place.flow);
    const isOffered = flow && this.world.offering.flows.has(flow.name);
    return isOffered && flow.resume > 0 && silence <= flow.resume && !this.isCommitted(place) ? place : null;
  }

  async input(input: Extract<Input, { kind: 'text' }>): Promise<Taken> {
    this.session.language = this.languageOf(input.text);
    const taken = input.media ? await takeMedia(this, input) : undefined;
    if (taken) return taken;
    if (!this.session.language && this.mustAskLanguage()) return this.begin('language', {});
    const answered = await answerAsked(this, input);
    if (answered) return answered;
    if (!this.session.here) return (await understand(this, input)) ?? this.first(null);
    const current = await this.current();
    if ('taken' in current) return current.taken;
    const { screen, place } = current;
    const shown = this.session.scolded ? SCOLD : screen;
    if (this.world.channel === 'ussd' && input.text.trim() === '') return this.show(place, screen);
    const offered = this.offered(shown, place.context.facts);
    const meaning = input.choice
      ? decodeTap(input.choice, offered)
      : decode(input.text, shown, offered, this.world.now, this.world.readers);
    if (meaning.kind === 'unknown' || meaning.kind === 'unfit' || this.isAlarm(screen, input.text)) {
      const understood = await understand(this, input, screen, place);
      if (understood) return understood;
    }
    return this.act(meaning, screen, place);
  }

  /** Where her own words are asked for, words are no commands; but STOP alone, and danger, are heard there too. */
  private isAlarm(screen: Screen, text: string): boolean {
    if (screen.ask?.kind !== 'text') return false;
    const heard = this.world.intent(text)?.intent;
    return heard === 'stop' || heard === 'danger';
  }

  /** A text message is answered in the deployment's language until she writes a word of another: it is no choice of hers. */
  private mustAskLanguage(): boolean {
    return this.world.channel !== 'sms' && this.session.here?.flow !== 'language';
  }

  /**
   * A text message shows its language, and a few words in another one change it. A USSD dial shows none, and a chat
   * that shows none is asked.
   */
  private languageOf(text: string): string | null {
    const { language } = this.session;
    if (this.world.channel === 'ussd') return language;
    const { languages } = this.world.offering;
    const detected =
      detectLanguage(text, languages) ?? (language ? undefined : this.world.intent(text)?.saidIn);
    if (detected && languages.includes(detected) && (!language || wordCount(text) > 1)) return detected;
    return language;
  }

  private async act(meaning: Meaning, screen: Screen, place: Place): Promise<Taken> {
    const flow = this.flow(place.flow);
    switch (meaning.kind) {
      case 'event':
        if (this.session.scolded) return this.again();
        this.calm();
        if (!accepts(flow, place, meaning.event)) return this.wrongKey(screen, place);
        return this.follow(await send(flow, place, meaning.event, this.answer), place);
      case 'call':
        this.calm();
        if (names(flow, place, { type: 'choose.call' })) {
          return this.follow(await send(flow, place, { type: 'choose.call' }, this.answer), place);
        }
        if (place.flow === 'callback') return this.show(place, screen);
        this.remember(place);
        return this.begin('callback', {});
      case 'zero':
        return this.zero(this.session.scolded ? SCOLD : screen, place);
      case 'more':
        return this.more(screen, place);
      case 'unfit':
        return this.show(place, screen, screen.ask?.invalid);
      case 'unknown':
        return this.wrongKey(screen, place);
    }
  }

  private async zero(screen: Screen, place: Place): Promise<Taken> {
    const { zero } = screen;
    this.calm();
    if (zero === 'skip' || zero === 'later') {
      const event = { type: `choose.${zero}` } as const;
      return this.follow(await send(this.flow(place.flow), place, event, this.answer), place);
    }
    if (zero === 'exit' || (zero === undefined && FIRST.has(place.flow))) return this.end(BYE);
    if (zero === 'menu' || zero === 'cancel') return this.home();
    return this.goBack();
  }

  private async more(screen: Screen, place: Place): Promise<Taken> {
    if (this.session.page + 1 < this.session.pages) {
      this.session.page += 1;
      return this.show(place, screen, undefined, true);
    }
    if (screen.list && this.session.offset + LIST_PAGE < listItems(place.context.facts[screen.list]).length) {
      this.session.offset += LIST_PAGE;
      return this.show(place, screen);
    }
    const offered = this.offered(screen, place.context.facts);
    const flow = this.flow(place.flow);
    if ((offered.more || screen.extended) && accepts(flow, place, { type: 'choose.more' })) {
      this.calm();
      return this.follow(await send(flow, place, { type: 'choose.more' }, this.answer), place);
    }
    return this.wrongKey(screen, place);
  }

  /** A key that is not on the list. Twice in a row on the first screen: perhaps she cannot read the language. */
  private async wrongKey(screen: Screen, place: Place): Promise<Taken> {
    this.session.wrong += 1;
    if (place.flow === 'language') return this.show(place, screen);
    if (FIRST.has(place.flow) && this.session.wrong >= 2) {
      this.calm();
      return this.begin('language', {});
    }
    if (screen.end) return this.home();
    if (screen.ask) return this.show(place, screen, screen.ask.invalid);
    this.session.scolded = true;
    return this.taken(SCOLD, place, undefined);
  }

  /** Shows the list again after "press a number from the list". */
  private again(): Promise<Taken> {
    this.session.scolded = false;
    return this.current().then((current) =>
      'taken' in current ? current.taken : this.show(current.place, current.screen),
    );
  }

  private async goBack(): Promise<Taken> {
    for (;;) {
      const place = this.session.back.pop();
      if (!place) return this.home();
      const flow = this.flow(place.flow);
      if (flow.needs && !this.session.identity) continue;
      if (place.version !== flow.version) continue;
      this.session.here = place;
      this.session.offset = 0;
      return this.show(place, look(flow, place).screen);
    }
  }

  /** The menu; before it, once a session, a question of consent when a task has just been done. */
  async home(): Promise<Taken> {
    const { session, world } = this;
    session.back = [];
    session.goal = null;
    if (session.served && !session.asked && world.channel !== 'sms' && session.identity?.level === '2') {
      session.served = false;
      session.asked = true;
      if (world.consent === 'unasked') return this.begin('consent', {});
      const { outcome } = await this.answer('referral', {});
      if (outcome === 'asked' && world.offering.flows.has('referral')) return this.begin('referral', {});
    }
    return this.begin('entry', {});
  }

  /** The first screen of a session: the offer to continue, or the menu. */
  first(cut: Place | null): Promise<Taken> {
    this.keepCut(cut);
    return this.offerCut();
  }

  private keepCut(cut: Place | null): void {
    // A text message answers what it was asked; a chat has room to ask.
    const elsewhere = this.world.channel === 'sms' ? null : this.world.elsewhere;
    this.session.cut = cut ?? elsewhere;
    this.session.brought = cut === null && elsewhere !== null;
  }

  private offerCut(): Promise<Taken> {
    const { cut, brought } = this.session;
    if (!cut) return this.home();
    return this.begin('resume', brought ? { from: 'elsewhere' } : {});
  }

  end(screen: Screen, values: Facts = {}): Promise<Taken> {
    this.session.here = null;
    this.session.back = [];
    return this.taken(screen, null, undefined, values);
  }

  /** Says something outside any flow and leaves the conversation where it was. */
  say(text: TextKey, facts: Facts = {}): Promise<Taken> {
    return this.taken({ text, bare: true, end: true }, this.session.here, undefined, facts);
  }

  /** The same question again, under a line of its own. */
  async note(preface: TextKey, facts: Facts = {}): Promise<Taken> {
    this.session.scolded = false;
    const current = await this.current();
    const { shown, ...taken } =
      'taken' in current ? current.taken : await this.show(current.place, current.screen);
    const values = { ...shown.values, facts: { ...shown.values.facts, ...facts } };
    return { ...taken, shown: { ...shown, preface, values } };
  }

  /** Keeps slots in the dialog she is in, wherever in it she goes back to. */
  keep(slots: Slots): void {
    const { here, back } = this.session;
    if (!here) return;
    const keepIn = (place: Place): Place => ({
      ...place,
      context: { ...place.context, slots: { ...place.context.slots, ...slots } },
    });
    this.session.here = keepIn(here);
    this.session.back = back.map((place) => (place.flow === here.flow ? keepIn(place) : place));
  }

  /** Starts a flow; one that needs identity waits for it. */
  async begin(name: FlowName, slots: Slots): Promise<Taken> {
    // A word, or a place kept from before the profile changed, may ask for what is not offered (any more).
    if (name !== 'entry' && !this.world.offering.flows.has(name)) return this.home();
    const flow = this.flow(name);
    const { identity } = this.session;
    if (flow.ownOnly && identity?.proxy && !(flow.agentToo && identity.agent))
      return this.follow(await start(this.flow('identify'), { known: 'proxy' }, this.answer), null);
    if (flow.needs && !this.isIdentified()) {
      this.session.goal = { flow: name, slots };
      return this.follow(await start(this.flow('identify'), { goal: name }, this.answer), null);
    }
    return this.follow(await start(flow, slots, this.answer), null);
  }

  /** Goes on from where a flow stopped. `from`: the place left behind. */
  private async follow(stop: Stop, from: Place | null): Promise<Taken> {
    if (from) this.remember(from);
    if (!stop.over) {
      if (stop.tags.has('committed')) this.session.back = [];
      if (stop.tags.has('served')) this.session.served = true;
      this.session.here = stop.screen.end ? null : stop.place;
      this.session.offset = 0;
      return this.show(stop.place, stop.screen);
    }
    if (stop.slots['language']) this.session.language = stop.slots['language'];
    switch (stop.next) {
      case 'home':
        return from?.flow === 'language' ? this.offerCut() : this.home();
      case 'end':
        return this.end(BYE);
      case 'resumed':
        return this.resumed(stop.context.slots['from'] === 'elsewhere');
      case 'goal': {
        const goal = this.session.goal ?? { flow: 'entry' as const, slots: {} };
        this.session.goal = null;
        this.session.back = this.session.back.filter((place) => place.flow !== 'identify');
        return this.follow(await start(this.flow(goal.flow), goal.slots, this.answer), null);
      }
      default:
        return this.begin(stop.next, stop.slots);
    }
  }

  /** Back to where the line was cut: the same question, with identity asked again before anything personal. */
  private async resumed(elsewhere: boolean): Promise<Taken> {
    const place = this.session.cut;
    this.session.cut = null;
    this.session.back = [];
    if (!place) return this.home();
    const flow = this.flow(place.flow);
    if (flow.needs || elsewhere) return this.begin(place.flow, place.context.slots);
    if (place.version !== flow.version) return this.landSafely(place);
    this.session.here = place;
    return this.show(place, look(flow, place).screen);
  }

  /** The screen she is at; after a deploy that changed the flow, or when identity has lapsed, the nearest safe one. */
  private async current(): Promise<{ screen: Screen; place: Place } | { taken: Taken }> {
    const place = this.session.here;
    if (!place) return { taken: await this.home() };
    const flow = this.world.flows.get(place.flow);
    if (!flow) return { taken: await this.home() };
    if (place.version !== flow.version) return { taken: await this.landSafely(place) };
    if (flow.needs && !this.isIdentified())
      return { taken: await this.begin(place.flow, place.context.slots) };
    return { screen: look(flow, place).screen, place };
  }

  /** After a deploy: the flow starts again with what she has already said, and says so. */
  private async landSafely(place: Place): Promise<Taken> {
    const taken = await this.begin(place.flow, place.context.slots);
    return { ...taken, shown: { ...taken.shown, preface: 'note.updated' } };
  }

  private show(place: Place, screen: Screen, notice?: TextKey, samePage = false): Promise<Taken> {
    if (!samePage) this.session.page = 0;
    return this.taken(screen, place, notice);
  }

  private taken(
    screen: Screen,
    place: Place | null,
    notice: TextKey | undefined,
    facts: Facts = {},
  ): Promise<Taken> {
    const values = place?.context ?? { slots: {}, facts: {} };
    if (screen === SCOLD) this.session.page = 0;
    this.session.secret = screen.ask?.secret === true || (screen === SCOLD && this.session.secret);
    return Promise.resolve({
      session: this.session,
      shown: {
        offered: this.offered(screen, values.facts),
        ...(notice ? { notice } : {}),
        values: { slots: values.slots, facts: { ...values.facts, ...facts } },
        page: this.session.page,
      },
      ended: screen.end === true,
      screen,
      place,
    });
  }

  private offered(screen: Screen, facts: Facts) {
    return offer(screen, facts, this.world.channel, this.session.offset, this.world.offering);
  }

  private remember(place: Place): void {
    if (this.flow(place.flow).name === 'resume' || place.flow === 'language') return;
    this.session.back = [...this.session.back, place].slice(-MAX_BACK);
  }

  private calm(): void {
    this.session.wrong = 0;
    this.session.scolded = false;
    this.session.unclear = 0;
  }

  /** By SMS identity is never asked: a registered number (level 1) is all there can be, and the ports decide what it may read. */
  private isIdentified(): boolean {
    const { identity } = this.session;
    return identity !== null && (identity.level !== '1' || this.world.channel === 'sms');
  }

  private isCommitted(place: Place): boolean {
    const flow = this.flow(place.flow);
    if (flow.version !== place.version) return false;
    return look(flow, place).tags.has('committed');
  }

  flow(name: FlowName): Flow {
    const flow = this.world.flows.get(name);
    if (!flow) throw new Error(`no flow ${name}`);
    return flow;
  }

  readonly answer: Answer = (ask, slots) => this.world.answer(ask, slots, this.session);
}
