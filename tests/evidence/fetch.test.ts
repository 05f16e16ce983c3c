/** What is fetched from a provider, from where, with what, and what is left in the tables when it cannot be kept. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { randomUUID } from 'node:crypto';
import { twilioMedia } from '../../src/channels/twilio-media.ts';
import type { Notice } from '../../src/conversation/ports.ts';
import { fetchEvidence, type EvidenceDeps } from '../../src/evidence/fetch.ts';
import { dropDraft, forgetEvidence, sendDraft } from '../../src/evidence/link.ts';
import { receiveMedia } from '../../src/evidence/receive.ts';
import { attachmentHeaders, attachmentsOf, openAttachment } from '../../src/evidence/view.ts';
import type { Role, Staff } from '../../src/staff/roles.ts';
import { accountSid, authToken } from '../channels/twilio-signed.ts';
import { everything, NOW, openDesk, PHONE, type Desk } from '../grievances/support.ts';
import { bomb, MARK, photo, voice } from './samples.ts';
import { startMediaProvider, type MediaProvider } from './stand-in-media.ts';

let desk: Desk;
let provider: MediaProvider;
let notices: Notice[];
let now: Date;
const reported: unknown[] = [];

beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk.close());
beforeEach(async () => {
  provider = await startMediaProvider();
  notices = [];
  now = NOW;
  reported.length = 0;
  await desk.db.query('truncate attachment, task, grievance cascade');
});
afterEach(() => provider.stop());

function deps(more: Partial<EvidenceDeps> = {}): EvidenceDeps {
  return {
    db: desk.db,
    keys: desk.keys,
    fetchers: [twilioMedia({ accountSid, authToken, baseUrl: provider.url })],
    notifier: (_tx, _recipient, notice) => {
      notices.push(notice);
      return Promise.resolve();
    },
    now: () => now,
    report: (_what, error) => reported.push(error),
    ...more,
  };
}

/** What came is sent to the desk at once. */
async function receive(
  url: string,
  kind: 'image' | 'audio' | 'video' | 'location' = 'image',
  caption = '',
): Promise<void> {
  const draft = randomUUID();
  await desk.db.transaction(async (tx) => {
    const media = [{ kind, provider: 'twilio-whatsapp', url }];
    await receiveMedia(tx, desk.keys, draft, {
      media,
      caption,
      channel: 'whatsapp',
      language: 'en',
      at: NOW,
    });
    await sendDraft(tx, draft, { contact: desk.contactOf(PHONE), at: NOW });
  });
}

const rows = () => desk.rows('attachment');
const person = (role: Role, more: Partial<Staff> = {}): Staff => ({
  key: '00000000-0000-4000-8000-0000000000aa',
  name: 'A',
  email: 'a@demo.wasl',
  roles: [role],
  units: null,
  area: null,
  language: 'en',
  ...more,
});

describe('a photo', () => {
  it('is fetched with credentials, followed without them, cleaned, sealed, and opened by who may', async () => {
    await receive(provider.hold(await photo()), 'image', `${MARK} is my card`);
    expect(await fetchEvidence(deps())).toBe(1);
    expect(provider.asked.map(({ hasCredentials }) => hasCredentials)).toEqual([true, false]);
    const [row] = await rows();
    expect(row).toMatchObject({
      state: 'stored',
      kind: 'photo',
      type: 'image/jpeg',
      source: null,
      next_at: null,
    });
    const by = person('agent');
    const [seen] = await attachmentsOf(desk.db, desk.keys, by, {
      contact: desk.contactOf(PHONE),
      before: new Date(NOW.getTime() + 1),
      limit: 5,
    });
    expect(seen).toMatchObject({ caption: `${MARK} is my card`, state: 'stored' });
    const opened = await openAttachment(desk, { id: String(row?.['id']), by, at: NOW });
    expect(opened?.content.subarray(0, 3).toString('hex')).toBe('ffd8ff');
    if (opened) {
      expect(attachmentHeaders(opened)).toMatchObject({
        'content-type': 'image/jpeg',
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'; sandbox",
      });
    }
    expect(await desk.rows('audit')).toMatchObject([{ action: 'attachment', actor: by.key }]);
    for (const role of ['case_officer', 'inspector', 'auditor', 'admin', 'content_manager'] as const)
      expect(
        await openAttachment(desk, { id: String(row?.['id']), by: person(role), at: NOW }),
        role,
      ).toBeUndefined();
  });

  it('is in no table in clear, nor is where it came from, before and after', async () => {
    const url = provider.hold(await photo());
    await receive(url, 'image', MARK);
    const hex = Buffer.from(url).toString('hex').slice(0, 40);
    for (const text of [
      await everything(desk.db),
      (await fetchEvidence(deps()), await everything(desk.db)),
    ]) {
      expect(text).not.toContain(MARK);
      expect(text).not.toContain('2010-04-01');
      expect(text).not.toContain(hex);
      expect(text, 'JPEG').not.toContain('ffd8ffe');
    }
  });

  it('is fetched once by processes that look at the same time', async () => {
    for (let n = 0; n < 4; n++) await receive(provider.hold(await photo(50, 50)));
    const tried = await Promise.all([fetchEvidence(deps()), fetchEvidence(deps()), fetchEvidence(deps())]);
    expect(tried.reduce((sum, count) => sum + count, 0)).toBe(4);
    expect(provider.asked).toHaveLength(8);
    expect((await rows()).map(({ state }) => state)).toEqual(Array(4).fill('stored'));
  });
});

describe('what the header says', () => {
  it('is believed by nobody', async () => {
    await receive(provider.hold(voice(2), 'image/jpeg'));
    await receive(provider.hold(Buffer.from('<script>alert(1)</script>'), 'image/png'));
    await fetchEvidence(deps());
    const found = await rows();
    expect(found.map(({ type }) => type).sort()).toEqual(['audio/ogg', null]);
    expect(found.find(({ type }) => type === null)).toMatchObject({
      state: 'refused',
      reason: 'kind',
      source: null,
    });
  });
});

describe('nothing is kept, and she is told', () => {
  it.each([
    ['a bomb', () => provider.hold(bomb()), 'unreadable', 'ev.refused'],
    ['a voice note of three minutes', () => provider.hold(voice(180), 'audio/ogg'), 'length', 'ev.length'],
    [
      'a photo of 6 MiB',
      async () => provider.hold(Buffer.concat([await photo(), Buffer.alloc(6_291_456)])),
      'size',
      'ev.size',
    ],
    [
      'what is gone',
      () => `${provider.url}/2010-04-01/Accounts/${accountSid}/Messages/MMx/Media/MEx`,
      'gone',
      'ev.refused',
    ],
  ] as const)('of %s', async (_name, url, reason, text) => {
    await receive(await url());
    await fetchEvidence(deps());
    expect(await rows()).toMatchObject([{ state: 'refused', reason, source: null, content: null }]);
    expect(notices).toMatchObject([{ text, kind: 'answer' }]);
    await fetchEvidence(deps());
    expect(notices).toHaveLength(1);
  });

  it('of a stream without end', async () => {
    const url = provider.answer((_request, response) => {
      response.writeHead(200, { 'content-type': 'image/jpeg' });
      const more = () => {
        if (response.writableEnded || response.destroyed) return;
        response.write(Buffer.alloc(1024 * 1024), () => setImmediate(more));
      };
      more();
    });
    await receive(url);
    await fetchEvidence(deps());
    expect(await rows()).toMatchObject([{ state: 'refused', reason: 'size' }]);
  });

  it('of a video, which is not even fetched', async () => {
    await receive(provider.hold(Buffer.alloc(10)), 'video');
    await fetchEvidence(deps());
    expect(await rows()).toMatchObject([{ state: 'refused', reason: 'kind' }]);
    expect(provider.asked).toEqual([]);
  });
});

describe('an address', () => {
  it.each([
    ['of another host', () => `http://127.0.0.1:1/2010-04-01/Accounts/${accountSid}/Messages/MM1/Media/ME1`],
    ['of another account', () => `${provider.url}/2010-04-01/Accounts/AC9/Messages/MM1/Media/ME1`],
    [
      'that climbs out of it',
      () => `${provider.url}/2010-04-01/Accounts/${accountSid}/Messages/../../../../metadata`,
    ],
    ['of a file', () => 'file:///etc/passwd'],
    ['that is none', () => 'http://['],
  ])('%s is not asked', async (_name, url) => {
    await receive(url());
    await fetchEvidence(deps());
    expect(await rows()).toMatchObject([{ state: 'refused', reason: 'address' }]);
    expect(provider.asked).toEqual([]);
  });

  it('that leads into our own network is not followed', async () => {
    const inside = await startMediaProvider();
    const secret = inside.hold(await photo());
    const leading = (location: string) =>
      provider.answer((_request, response) => response.writeHead(302, { location }).end());
    await receive(leading(secret));
    await receive(leading('http://169.254.169.254/latest/meta-data'));
    await receive(leading('file:///etc/passwd'));
    await fetchEvidence(deps());
    expect((await rows()).map(({ reason }) => reason)).toEqual(['address', 'address', 'address']);
    expect(inside.asked).toEqual([]);
    await inside.stop();
  });

  it('of the real Twilio leads to its store by https and nowhere else', async () => {
    const real = twilioMedia({ accountSid, authToken });
    const signal = AbortSignal.timeout(1_000);
    for (const source of [
      `http://api.twilio.com/2010-04-01/Accounts/${accountSid}/Messages/MM1/Media/ME1`,
      `https://api.twilio.com.example.org/2010-04-01/Accounts/${accountSid}/Messages/MM1/Media/ME1`,
      `https://api.twilio.com@127.0.0.1/2010-04-01/Accounts/${accountSid}/Messages/MM1/Media/ME1`,
    ])
      await expect(real.fetch(source, signal)).rejects.toMatchObject({ why: 'address' });
  });
});

describe('a provider that is away', () => {
  it('is asked again later, and then fetched', async () => {
    const content = await photo();
    let isUp = false;
    const url = provider.answer((_request, response) => {
      if (isUp) response.writeHead(200).end(content);
      else response.writeHead(503).end();
    });
    await receive(url);
    await fetchEvidence(deps());
    expect(await fetchEvidence(deps()), 'not before its time').toBe(0);
    expect(await rows()).toMatchObject([{ state: 'waiting', attempts: 1 }]);
    isUp = true;
    now = new Date(NOW.getTime() + 11_000);
    expect(await fetchEvidence(deps())).toBe(1);
    expect(await rows()).toMatchObject([{ state: 'stored', attempts: 2 }]);
    expect(notices).toEqual([]);
  });

  it('that does not answer in time, or hangs up, holds nobody up and is given up in the end', async () => {
    const url = provider.answer((_request, response) => {
      response.writeHead(200).write('half');
    });
    await receive(url);
    for (let attempt = 0; attempt < 6; attempt++) {
      expect(await fetchEvidence(deps({ deadlineMs: 100 }))).toBe(1);
      now = new Date(now.getTime() + 7 * 3_600_000);
    }
    expect(await fetchEvidence(deps())).toBe(0);
    expect(await rows()).toMatchObject([{ state: 'refused', reason: 'unreachable', attempts: 6 }]);
    expect(notices).toHaveLength(1);
    expect(reported).toEqual([]);
  });

  it('is asked again by another process when the first died with it', async () => {
    await receive(provider.hold(await photo()));
    await desk.db.query(`update attachment set attempts = 1, next_at = $1`, [
      new Date(NOW.getTime() + 120_000),
    ]);
    expect(await fetchEvidence(deps())).toBe(0);
    now = new Date(NOW.getTime() + 121_000);
    expect(await fetchEvidence(deps())).toBe(1);
    expect(await rows()).toMatchObject([{ state: 'stored' }]);
  });
});

describe('a place', () => {
  it('needs no fetching, is sealed, and is told to two decimals beside what she sent', async () => {
    await receive('geo:33.895123,35.502456', 'location');
    expect(await fetchEvidence(deps())).toBe(0);
    const [place] = await attachmentsOf(desk.db, desk.keys, person('agent'), {
      contact: desk.contactOf(PHONE),
      before: new Date(NOW.getTime() + 1),
      limit: 5,
    });
    expect(place).toMatchObject({
      kind: 'location',
      state: 'stored',
      place: { latitude: 33.895123, longitude: 35.502456, about: '33.90, 35.50' },
    });
    expect(await everything(desk.db)).not.toContain('33.89');
  });
});

describe('time', () => {
  it('lets go of what was never sent, and erases what was kept long enough', async () => {
    const draft = randomUUID();
    const media = [
      { kind: 'image', provider: 'twilio-whatsapp', url: provider.hold(await photo()) },
    ] as const;
    await desk.db.transaction((tx) =>
      receiveMedia(tx, desk.keys, draft, { media, channel: 'whatsapp', language: 'en', at: NOW }),
    );
    expect(await fetchEvidence(deps()), 'a draft is not fetched').toBe(0);
    expect(await rows()).toMatchObject([{ state: 'draft', contact: null, reference: null }]);
    await receive(provider.hold(await photo()));
    await fetchEvidence(deps());
    expect(await forgetEvidence(desk.db, new Date(NOW.getTime() + 24 * 3_600_000))).toBe(0);
    expect(await forgetEvidence(desk.db, new Date(NOW.getTime() + 26 * 3_600_000))).toBe(1);
    expect(await rows()).toMatchObject([{ state: 'stored' }]);
    expect(await forgetEvidence(desk.db, new Date('2028-11-24T08:00:00Z'))).toBe(1);
    expect(await rows()).toMatchObject([{ state: 'erased', content: null, details: null, type: null }]);
  });

  it('a draft that is dropped is no more', async () => {
    const draft = randomUUID();
    const media = [{ kind: 'image', provider: 'twilio-whatsapp', url: 'https://api.twilio.com/x' }] as const;
    await desk.db.transaction(async (tx) => {
      await receiveMedia(tx, desk.keys, draft, { media, channel: 'whatsapp', language: 'en', at: NOW });
      await dropDraft(tx, draft);
    });
    expect(await rows()).toEqual([]);
  });
});
