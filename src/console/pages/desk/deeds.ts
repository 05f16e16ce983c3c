/** What the desk's forms do: each goes back to the page it came from, and says what came of it. */
import type { Request, RequestHandler, Response, Router } from 'express';
import { HOLD_SECONDS, takeBackReply } from '../../../desk/held-replies.ts';
import {
  currentInteraction,
  startInteraction,
  wrapUp,
  WRAP_UP_CODES,
  type InteractionChannel,
} from '../../../desk/interaction.ts';
import { addNote } from '../../../desk/notes.ts';
import { handBack, handlerOf, replyAsStaff, takeOver } from '../../../desk/takeover.ts';
import { drawQuestions, judge, setSafeMode } from '../../../desk/verification.ts';
import { callDates } from '../../../grievances/callbacks.ts';
import { createTask } from '../../../grievances/tasks.ts';
import { deskRegistry } from '../../../registry/desk.ts';
import type { Staff } from '../../../staff/roles.ts';
import type { ConsoleDeps, Tools } from '../../deps.ts';
import { formOf, type PostedForm } from '../../form.ts';
import { sendProblem } from '../../respond.tsx';
import { requires } from '../../session.ts';
import { staffOf } from '../../visit.ts';
import type { FlashWord } from '../../words.ts';
import { placesOf } from './places.ts';
import { problemsOf } from './replies.ts';
import { contactPath, findContact, keyOf, type Chosen } from './view.ts';

type Deed = {
  contact: string;
  phone: string | null;
  language: string;
  form: PostedForm;
  chosen: Chosen;
  by: Staff;
  at: Date;
  res: Response;
};

/** What is said afterwards; nothing when the page shows it. */
type Said = FlashWord | undefined;

/** @param show draws the page of a contact again, with a reply that was not sent or words taken back */
export function deedRoutes(
  router: Router,
  deps: ConsoleDeps & Tools,
  show: (req: Request, res: Response, contact: string, chosen: Chosen, text: string) => Promise<void>,
): void {
  const { db, keys, profile } = deps;
  const questions = { db, keys, places: placesOf(profile) };

  const deed = (name: string, run: (deed: Deed, req: Request) => Promise<Said | 'shown'>): void => {
    const handler: RequestHandler = async (req, res) => {
      const found = await findContact(deps, keyOf(req.params['contact']));
      if (!found) {
        sendProblem(res, 'nothing_here');
        return;
      }
      const form = formOf(req);
      const chosen = { household: keyOf(form.text('household')), person: keyOf(form.text('person')) };
      const { key: contact, phone, language } = found;
      const by = staffOf(res);
      const said = await run({ contact, phone, language, form, chosen, by, at: deps.now(), res }, req);
      if (said !== 'shown') deps.goTo(res, contactPath(contact, chosen), said);
    };
    router.post(`/desk/contacts/:contact/${name}`, requires('desk'), handler);
  };

  /** The contact these two are in, begun where there is none; undefined: the one before has no code yet. */
  const begin = async ({ contact, by, at }: Deed): Promise<string | undefined> => {
    const started = await startInteraction(db, {
      by,
      contact,
      channel: await channelOf(contact, by, at),
      at,
    });
    return started.ok ? started.interaction.id : undefined;
  };

  const channelOf = async (contact: string, by: Staff, at: Date): Promise<InteractionChannel> => {
    const { rowCount } = await db.query(
      `select from call where contact = $1 and staff = $2 and state in ('ringing', 'answered')`,
      [contact, by.key],
    );
    if (rowCount !== 0) return 'call';
    const handler = await handlerOf(db, contact, at);
    return handler?.staff === by.key ? handler.channel : 'desk';
  };

  deed('verify', async (d) => {
    const { household, person } = d.chosen;
    if (household === undefined) return 'flash.problem_desk_no_file';
    const interaction = await begin(d);
    if (interaction === undefined) return 'flash.problem_desk_busy';
    const drawn = await drawQuestions(questions, {
      ...{ interaction, household, by: d.by, at: d.at },
      ...(person === undefined ? {} : { person }),
    });
    return drawn.ok ? undefined : `flash.problem_desk_${drawn.why}`;
  });

  deed('answer', async ({ contact, form, by, at }) => {
    const current = await currentInteraction(db, by.key);
    if (current?.contact !== contact) return 'flash.problem_desk_forbidden';
    const judged = await judge(questions, {
      ...{ interaction: current.id, by, at },
      number: Number(form.text('number')),
      said: form.has('unknown') ? null : form.text('said'),
    });
    return judged.ok ? undefined : `flash.problem_desk_${judged.why}`;
  });

  deed('safe', async (d) => {
    const interaction = await begin(d);
    if (interaction === undefined) return 'flash.problem_desk_busy';
    await setSafeMode(deps, { interaction, on: d.form.text('on') === 'yes', by: d.by, at: d.at });
    return undefined;
  });

  deed('take', async (d) => {
    const channel = d.form.text('channel') === 'whatsapp' ? 'whatsapp' : 'sms';
    const taken = await db.transaction((tx) =>
      takeOver(tx, { contact: d.contact, channel, by: d.by, at: d.at }),
    );
    if (!taken.ok) return `flash.problem_desk_${taken.why}`;
    // Talking with somebody is a contact; in another one, the answer still leaves.
    await begin(d);
    return undefined;
  });

  deed('back', async ({ contact, by, at }) => {
    const isBack = await db.transaction((tx) => handBack(tx, { contact, by, at }));
    return isBack ? 'flash.desk_handed_back' : 'flash.problem_desk_not_yours';
  });

  deed('reply', async ({ contact, chosen, form, by, at, res }, req) => {
    const text = form.text('text');
    if ((await problemsOf(deps, text)).length > 0) {
      await show(req, res, contact, chosen, text);
      return 'shown';
    }
    const sent = await replyAsStaff(deps, {
      ...{ contact, text, by, at },
      key: form.text('key').slice(0, 64),
      holdMs: HOLD_SECONDS * 1_000,
    });
    if (sent.ok || sent.why === 'repeated') return undefined;
    return sent.why === 'no_phone' || sent.why === 'window_closed' || sent.why === 'not_yours'
      ? `flash.problem_desk_${sent.why}`
      : 'flash.problem_desk_words';
  });

  deed('undo', async ({ contact, chosen, form, by, at, res }, req) => {
    const text = await takeBackReply(deps, { contact, key: form.text('key'), by, at });
    if (text === undefined) return 'flash.problem_desk_left';
    await show(req, res, contact, chosen, text);
    return 'shown';
  });

  deed('note', async ({ contact, form, by, at }) => {
    const added = await addNote(db, keys, { by, about: { contact }, text: form.text('text'), at });
    return added.ok ? 'flash.saved' : 'flash.problem_desk_words';
  });

  deed('callback', async ({ contact, phone, language, chosen, form, by, at }) => {
    const toFile = form.text('to') === 'file';
    const number = toFile ? await phoneOnFile(chosen.household) : phone;
    if (number === null) return 'flash.problem_desk_no_phone';
    const { calendar, callback } = profile;
    const [promisedOn] = callDates('soon', at, calendar, callback.days_ahead);
    if (promisedOn === undefined) return 'flash.problem_desk_no_phone';
    await createTask(db, keys, {
      kind: 'callback',
      key: `desk:${by.key}:${form.text('key') || `${contact}:${promisedOn}`}`,
      contact,
      phone: number,
      household: toFile ? (chosen.household ?? null) : null,
      language,
      promisedOn,
      slot: 'soon',
      at,
    });
    return 'flash.desk_call_promised';
  });

  /** Of the head, else of whoever has one: nobody on the desk sees it before the call. */
  const phoneOnFile = async (household: string | undefined): Promise<string | null> => {
    const card = household === undefined ? undefined : await deskRegistry(db, keys).card(household);
    return card?.members.flatMap(({ phones }) => phones)[0]?.number ?? null;
  };

  router.post('/desk/wrap-up', requires('desk'), async (req, res) => {
    const form = formOf(req);
    const code = WRAP_UP_CODES.find((one) => one === form.text('code'));
    const id = keyOf(form.text('id'));
    const by = staffOf(res);
    const ended =
      code !== undefined &&
      id !== undefined &&
      (await wrapUp(db, { by, id, code, followUp: form.has('follow_up'), at: deps.now() }));
    deps.goTo(res, '/console/desk', ended ? 'flash.desk_wrapped' : 'flash.problem_desk_wrap');
  });
}
