/** Photos, voice notes and places by WhatsApp, from Twilio's signed callback into the case: and where none may stay. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { twilioMedia } from '../../src/channels/twilio-media.ts';
import { openDetails } from '../../src/evidence/attachment.ts';
import { fetchEvidence } from '../../src/evidence/fetch.ts';
import { attachmentsOf, openAttachment } from '../../src/evidence/view.ts';
import { readLocales } from '../../src/locales.ts';
import { createNotifier } from '../../src/notifications/notify.ts';
import { createTexts } from '../../src/render/texts.ts';
import type { Role, Staff } from '../../src/staff/roles.ts';
import { accountSid, authToken, publicUrl, sign } from '../channels/twilio-signed.ts';
import { everything } from '../grievances/support.ts';
import { forgetConversations } from '../support/dialog-state.ts';
import { startService, type TestService } from '../support/service.ts';
import { startCarrier, type Carrier } from '../support/stand-in-carrier.ts';
import { lastWednesday, testProfile } from '../support/test-profile.ts';
import { MARK, photo, voice } from './samples.ts';
import { startMediaProvider, type MediaProvider } from './stand-in-media.ts';

const RIMA = '+96170000001';
const NOW = lastWednesday();
let carrier: Carrier;
let provider: MediaProvider;
let service: TestService;

beforeAll(async () => {
  [carrier, provider] = await Promise.all([startCarrier(), startMediaProvider()]);
  service = await startService(
    {
      PROFILE: testProfile(),
      PUBLIC_URL: publicUrl,
      TWILIO_ACCOUNT_SID: accountSid,
      TWILIO_AUTH_TOKEN: authToken,
      TWILIO_FROM: '+254200000000',
      TWILIO_WHATSAPP_FROM: '+254200000001',
      TWILIO_BASE_URL: carrier.url,
    },
    { now: () => NOW, hasChores: false },
  );
});
afterAll(async () => {
  await service.stop();
  await Promise.all([carrier.stop(), provider.stop()]);
});
beforeEach(async () => {
  carrier.outbox.length = 0;
  provider.asked.length = 0;
  await forgetConversations(service.service.deployment.db);
});

/** What came by chat; the number of a complaint also comes by text message. */
const chat = () => carrier.outbox.filter(({ channel }) => channel === 'whatsapp');

/** Sends, and reads what comes back. */
async function say(text: string, more: Record<string, string> = {}): Promise<string> {
  const before = chat().length;
  const params = {
    MessageSid: `SM${randomBytes(16).toString('hex')}`,
    AccountSid: accountSid,
    From: `whatsapp:${RIMA}`,
    To: 'whatsapp:+254200000001',
    WaId: RIMA.slice(1),
    Body: text,
    NumMedia: '0',
    ...more,
  };
  const path = '/webhooks/dev/twilio/whatsapp';
  const answer = await fetch(service.url + path, {
    method: 'POST',
    body: new URLSearchParams(params),
    headers: { 'x-twilio-signature': sign(publicUrl + path, params) },
  });
  expect(answer.status).toBeLessThan(300);
  return reply(before);
}

async function reply(before: number): Promise<string> {
  await vi.waitFor(
    () => {
      expect(chat().length).toBe(before + 1);
    },
    { timeout: 10_000, interval: 25 },
  );
  const { body, content, variables } = chat().at(-1) ?? {};
  return JSON.stringify([body, content, variables]);
}

const send = (url: string, type = 'image/jpeg', text = '') =>
  say(text, { NumMedia: '1', MediaUrl0: url, MediaContentType0: type });

async function fetchAll(): Promise<number> {
  const { db, keys, profile } = service.service.deployment;
  return fetchEvidence({
    db,
    keys,
    fetchers: [twilioMedia({ accountSid, authToken, baseUrl: provider.url })],
    notifier: createNotifier({
      keys,
      texts: createTexts(readLocales(), profile, () => true),
      profile,
      now: () => NOW,
    }),
    now: () => NOW,
    report: (what) => {
      throw new Error(what);
    },
  });
}

async function rows(table: string): Promise<Record<string, unknown>[]> {
  return (await service.service.deployment.db.query(`select * from ${table}`)).rows;
}

const contact = () => service.service.deployment.keys.index('contact', RIMA);

const person = (role: Role): Staff => ({
  key: '00000000-0000-4000-8000-0000000000aa',
  name: 'A',
  email: 'a@demo.wasl',
  roles: [role],
  units: null,
  area: null,
  language: 'en',
});

/** To "add details?" of a complaint about a card, named or not. */
async function complain(named: '1' | '2' = '1'): Promise<void> {
  await say('complaint');
  await say('1');
  await say('4');
  expect(await say(named)).toContain('Add details?');
}

describe('in a complaint', () => {
  it('a photo and a voice note go with it when it is sent, and nothing is fetched before', async () => {
    await complain();
    const picture = await send(provider.hold(await photo()), 'image/jpeg', `${MARK} my card`);
    expect(picture).toContain('Received. It goes with what you send here.');
    expect(picture).toContain('Add details?');
    expect(await send(provider.hold(voice(2), 'audio/ogg'), 'audio/ogg')).toContain('Received.');
    expect(await rows('attachment')).toMatchObject([
      { state: 'draft', contact: null, reference: null },
      { state: 'draft', contact: null, reference: null },
    ]);
    expect(await fetchAll()).toBe(0);
    await say('1');
    expect(await say('1')).toContain('Complaint number');
    const [found] = await rows('grievance');
    const reference = String(found?.['reference']);
    expect(await rows('attachment')).toMatchObject([
      { state: 'waiting', contact: contact(), reference, draft: null },
      { state: 'waiting', contact: contact(), reference, draft: null },
    ]);
    expect(await fetchAll()).toBe(2);
    const { db, keys } = service.service.deployment;
    const seen = await attachmentsOf(db, keys, person('case_officer'), { reference });
    expect(seen.map(({ kind, state }) => `${kind} ${state}`).sort()).toEqual([
      'photo stored',
      'voice stored',
    ]);
    expect(seen.find(({ kind }) => kind === 'photo')?.caption).toBe(`${MARK} my card`);
    const events = await rows('grievance_event');
    expect(events.filter(({ kind }) => kind === 'attachment')).toHaveLength(1);
    const text = await everything(db);
    expect(text).not.toContain(MARK);
    expect(text).not.toContain('/Media/');
  });

  it('stays with it when she goes back, writes, and changes her mind', async () => {
    await complain();
    await send(provider.hold(await photo()));
    await say('2');
    expect(await say('0')).toContain('Add details?');
    await say('2');
    await say('The card does not work since last week');
    await say('1');
    expect(await rows('attachment')).toMatchObject([{ state: 'waiting' }]);
    expect((await rows('attachment'))[0]?.['reference']).not.toBeNull();
  });

  it('without a name it leads to nobody, not even by its time', async () => {
    await complain('2');
    await send(provider.hold(await photo()));
    await say('1');
    expect(await say('1')).toContain('No name is kept');
    await fetchAll();
    const [row] = await rows('attachment');
    expect(row).toMatchObject({ state: 'stored', contact: null });
    expect((row?.['at'] as Date).getTime() % 3_600_000).toBe(0);
    const [found] = await rows('grievance');
    expect(row?.['reference']).toBe(found?.['reference']);
    const inbound = await service.service.deployment.db.query<{ content: Buffer }>(
      `select content from message where direction = 'in'`,
    );
    const { keys } = service.service.deployment;
    const said = inbound.rows.map(({ content }) => keys.open('conversation', content, 'message'));
    expect(said.join('\n')).not.toContain('[image]');
  });

  it('that is restricted it is for inspectors alone', async () => {
    await say('complaint');
    await say('4');
    await say('1');
    expect(await say('1')).toContain('Add details?');
    await send(provider.hold(await photo()));
    await say('1');
    await say('1');
    await fetchAll();
    const { db, keys } = service.service.deployment;
    const [row] = await rows('attachment');
    const [found] = await rows('grievance');
    expect(found).toMatchObject({ sensitivity: 'restricted' });
    const id = String(row?.['id']);
    const of = { contact: contact(), before: new Date(NOW.getTime() + 1), limit: 5 };
    for (const role of ['agent', 'supervisor', 'case_officer', 'appeal_officer'] as const) {
      expect(await openAttachment({ db, keys }, { id, by: person(role), at: NOW }), role).toBeUndefined();
      expect(await attachmentsOf(db, keys, person(role), of), role).toEqual([]);
    }
    const opened = await openAttachment({ db, keys }, { id, by: person('inspector'), at: NOW });
    expect(opened?.type).toBe('image/jpeg');
  });

  it('just sent, it is added to the case, and so is what follows its number', async () => {
    await complain();
    await say('1');
    await say('1');
    const [found] = await rows('grievance');
    const reference = String(found?.['reference']);
    expect(await send(provider.hold(await photo()))).toContain(`added to complaint ${reference}`);
    await service.service.deployment.db.query(`update grievance set status = 'awaiting_citizen'`);
    await say('menu');
    await say(reference.replace(/^/, 'track '));
    expect(await send(provider.hold(await photo()))).toContain(`added to complaint ${reference}`);
    expect((await rows('attachment')).map((row) => row['reference'])).toEqual([reference, reference]);
    expect(await rows('grievance')).toMatchObject([{ status: 'in_review' }]);
  });
});

describe('a private matter', () => {
  it('keeps nothing, and lets go of what was about to be sent', async () => {
    await complain();
    await send(provider.hold(await photo()));
    expect(await rows('attachment')).toHaveLength(1);
    await say('menu');
    await say('complaint');
    await say('5');
    expect(await send(provider.hold(voice(1), 'audio/ogg'), 'audio/ogg')).toContain(
      'Nothing of it is stored',
    );
    expect(await rows('attachment')).toHaveLength(1);
    expect(await rows('task')).toEqual([]);
    expect(await fetchAll()).toBe(0);
    expect(provider.asked).toEqual([]);
  });

  it('chosen in a complaint drops its draft when the call is asked for', async () => {
    await say('complaint');
    await send(provider.hold(await photo()));
    await say('5');
    expect(await rows('attachment')).toHaveLength(1);
    for (const key of ['8', '1', '3']) await say(key);
    expect(await rows('private_case')).toHaveLength(1);
    expect(await rows('attachment')).toEqual([]);
  });
});

describe('outside a dialog', () => {
  it('goes to an agent, who finds it with the task', async () => {
    await say('hello');
    expect(await send(provider.hold(voice(2), 'audio/ogg'), 'audio/ogg')).toContain(
      'An agent will look at it',
    );
    await fetchAll();
    const [task] = await rows('task');
    expect(task).toMatchObject({ kind: 'voice', contact: contact() });
    const { db, keys } = service.service.deployment;
    expect(await attachmentsOf(db, keys, person('agent'), { task: Number(task?.['id']) })).toMatchObject([
      { kind: 'voice', state: 'stored', seconds: 2 },
    ]);
    expect(await attachmentsOf(db, keys, person('inspector'), { task: Number(task?.['id']) })).toEqual([]);
  });

  it('as her very first message is kept too, before she is asked for her language', async () => {
    const asked = await send(provider.hold(voice(2), 'audio/ogg'), 'audio/ogg');
    expect(asked).toContain('English');
    expect(await rows('task')).toMatchObject([{ kind: 'voice' }]);
    expect(await rows('attachment')).toMatchObject([{ state: 'waiting', contact: contact() }]);
  });

  it('a story beside a photo is a complaint, and the photo goes with it', async () => {
    await say('hello');
    await send(
      provider.hold(await photo()),
      'image/jpeg',
      'They took my card at the office and did not give it back',
    );
    const [found] = await rows('grievance');
    expect(await rows('attachment')).toMatchObject([{ state: 'waiting', reference: found?.['reference'] }]);
  });

  it('a place is sealed and told to who answers', async () => {
    await say('hello');
    await say('', { Latitude: '33.895123', Longitude: '35.502456' });
    const [row] = await rows('attachment');
    expect(row).toMatchObject({ kind: 'location', state: 'stored' });
    const { db, keys } = service.service.deployment;
    expect(openDetails(keys, String(row?.['id']), row?.['details'] as Buffer)).toEqual({
      place: { latitude: 33.895123, longitude: 35.502456 },
    });
    expect(await everything(db)).not.toContain('33.895');
  });

  it('a voice note that is too long is refused, and she is told in her chat', async () => {
    await say('hello');
    await send(provider.hold(voice(180), 'audio/ogg'), 'audio/ogg');
    const before = chat().length;
    await fetchAll();
    expect(await reply(before)).toContain('longer than 2 minutes');
    expect(chat().at(-1)?.to).toBe(RIMA);
  });

  it('STOP beside a photo is obeyed, and the photo is not kept', async () => {
    await say('hello');
    await send(provider.hold(await photo()), 'image/jpeg', 'STOP');
    expect(await rows('attachment')).toEqual([]);
    expect((await rows('contact'))[0]?.['stopped_at']).not.toBeNull();
  });
});
