/** From what a turn shows to what leaves by its channel. */
import type { OutboundContent } from '../channels/channel.ts';
import type { Shown } from '../conversation/session.ts';
import { numbered, toPage } from './page.ts';
import type { Texts } from './texts.ts';
import { ussdPages, type UssdLimits } from './ussd.ts';
import { whatsappContent } from './whatsapp.ts';

/** All pages of the screen; `shown.page` says which one to show now. */
export function renderUssd(shown: Shown, language: string, texts: Texts, limits: UssdLimits): string[] {
  return ussdPages(toPage(shown, language, texts), language, limits, texts.text(language, 'nav.more'));
}

export function renderSms(shown: Shown, language: string, texts: Texts): OutboundContent {
  const page = toPage(shown, language, texts);
  const body = page.body === '' ? texts.text(language, 'nav.choose') : page.body;
  return { kind: 'text', body: numbered({ ...page, body }, language) };
}

export function renderWhatsapp(shown: Shown, language: string, texts: Texts): OutboundContent {
  return whatsappContent(toPage(shown, language, texts, true), shown.offered.text, language, {
    choose: texts.text(language, 'nav.choose'),
    options: texts.text(language, 'nav.options'),
  });
}
