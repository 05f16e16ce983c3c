/** Every screen of every flow, on every channel, with every profile: it renders, fits, has a way out. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { flows } from '../../flows/index.ts';
import type { Channel, Flow, Meta } from '../../src/conversation/dialog.ts';
import { offer } from '../../src/conversation/offer.ts';
import { accepts, look } from '../../src/conversation/run.ts';
import type { Shown } from '../../src/conversation/session.ts';
import { readLocales } from '../../src/locales.ts';
import { profilesDir } from '../../src/paths.ts';
import { loadProfile } from '../../src/profiles/profile.ts';
import { encodingOf, measure } from '../../src/render/measure.ts';
import { toPage } from '../../src/render/page.ts';
import { renderSms, renderUssd, renderWhatsapp } from '../../src/render/render.ts';
import { createTexts } from '../../src/render/texts.ts';
import { samplesFor } from './samples.ts';
import { eventsOf, walk } from './walk.ts';

const profiles = readdirSync(profilesDir)
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => path.basename(file, '.yaml'));
const names = new Set(flows.map(({ name }) => name));
const locales = readLocales();

/** Slots that other flows and commands start a flow with. */
const STARTS: Record<string, Record<string, string>[]> = {
  resume: [{}, { from: 'elsewhere' }],
  identify: [{}, { known: 'proxy' }],
  nextpayment: [{}, { want: 'confirm' }, { want: 'where' }],
  complaint: [
    {},
    { about: 'payment' },
    { matter: 'notreceived', named: 'named' },
    { matter: 'recordeddead' },
    { by: 'helper' },
  ],
  callback: [{}, { when: 'other', by: 'helper' }],
  update: [{}, { change: 'none' }, { change: 'death', died: 'head' }],
  freetext: [{ matter: 'freetext', details: 'They asked me for money at the office' }],
  consent: [{}, { consent: 'none' }],
};

const statesOf = ({ machine }: Flow) =>
  (machine as unknown as { states: Record<string, { meta?: Meta }> }).states;

describe.each(profiles)('profile %s', (profileName) => {
  const profile = loadProfile(profileName, profilesDir);
  const samples = samplesFor(Object.keys(profile.programmes));
  const { offered, default: usual } = profile.languages;
  const offering = { flows: names, languages: offered };
  // Its own words are in its own language; the others were shown by the demo, and tests/locales holds each to its room.
  const languages = profileName === 'demo' ? offered : [usual];

  describe.each(flows)('flow $name', (flow) => {
    const walked = walk(flow, samples, STARTS[flow.name] ?? [{}]);

    it('reaches every state, and each has a screen that offers only what it handles', async () => {
      const { visits, overs } = await walked;
      const reached = new Set([...visits.map(({ place }) => JSON.stringify(place.value))]);
      const shown = Object.entries(statesOf(flow))
        .filter(([, state]) => state.meta?.screen ?? state.meta?.screens)
        .map(([name]) => JSON.stringify(name));
      expect(shown.filter((name) => !reached.has(name))).toEqual([]);
      for (const { next } of overs) expect([...names, 'goal', 'home', 'resumed', 'end']).toContain(next);

      for (const visit of visits) {
        const at = `${flow.name}:${JSON.stringify(visit.place.value)}:${visit.screen.text}`;
        expect(look(flow, visit.place).screen, at).toEqual(visit.screen);
        if (visit.screen.end) continue;
        for (const event of eventsOf(visit)) {
          if (event.type === 'choose.call') continue;
          expect(accepts(flow, visit.place, event), `${at} handles ${event.type}`).toBe(true);
        }
        const wayOut =
          visit.screen.zero ?? (['entry', 'language'].includes(flow.name) ? 'first screen' : undefined);
        expect(wayOut, `${at} has a way out`).toBeDefined();
      }
    });

    it.each(languages)('renders every screen in %s on every channel', async (language) => {
      for (const isHotlineUp of profileName === 'demo' ? [true, false] : [profile.hotline.up]) {
        const texts = createTexts(locales, profile, () => isHotlineUp);
        const { visits } = await walked;
        for (const { screen, place } of visits) {
          const at = `${flow.name}:${JSON.stringify(place.value)}:${screen.text}:${language}`;
          const shownOn = (channel: Channel, notice?: string): Shown => ({
            offered: offer(screen, place.context.facts, channel, 0, offering),
            ...(notice ? { notice } : {}),
            values: place.context,
            page: 0,
          });
          for (const notice of [undefined, screen.ask?.invalid]) {
            const shown = shownOn('ussd', notice);
            const pages = renderUssd(shown, language, texts, profile.limits.ussd);
            for (const page of pages) {
              expect(measure(page).units, `${at}\n${page}`).toBeLessThanOrEqual(
                profile.limits.ussd[encodingOf(page)],
              );
              expect(page, at).not.toMatch(/\{\{|undefined|null|\[object/);
            }
            const { choices, body } = toPage(shown, language, texts);
            for (const { label } of choices) expect(pages.join('\n'), at).toContain(label.split(' ')[0]);
            const words = pages.join(' ').split(/\s+/);
            for (const word of body.split(/\s+/).filter((part) => part !== ''))
              expect(words, at).toContain(word);
          }
          const sms = renderSms(shownOn('sms'), language, texts);
          expect(sms.kind === 'text' && sms.body.length > 0, at).toBe(true);

          const content = renderWhatsapp(shownOn('whatsapp'), language, texts);
          const whatsapp = offer(screen, place.context.facts, 'whatsapp', 0, offering);
          const tappable =
            content.kind === 'buttons' ? content.buttons : content.kind === 'list' ? content.rows : [];
          if (content.kind === 'buttons' || content.kind === 'list') {
            const ids = tappable.map(({ id }) => id.split('/')[1]);
            for (const { id } of whatsapp.choices) expect(ids, at).toContain(id);
            for (const { title } of tappable)
              expect(title.length, at).toBeLessThanOrEqual(content.kind === 'list' ? 24 : 20);
          }
        }
      }
    });
  });
});
