/** A small scripted service behind the simulator: the real USSD channel, and handlers that speak a tiny dialog. */
import express from 'express';
import type { AddressInfo } from 'node:net';
import { africasTalkingUssd } from '../../src/channels/africastalking-ussd.ts';
import type {
  Channel,
  Handlers,
  Inbound,
  OutboundContent,
  Receipt,
  UssdReply,
  UssdSessionEnd,
  UssdTurn,
} from '../../src/channels/channel.ts';
import { demoPeople } from '../../src/registry/demo-people.ts';
import { simulator } from '../../src/simulator/simulator.ts';

export const code = '*384*1747#';

const words = {
  '1': {
    menu: 'وصل مجانا\n1 حالتي\n2 الدفعات\n3 شكوى\n4 معلومات\n8 اتصلوا بي\n9 المزيد',
    last4: 'أدخلوا آخر 4 أرقام من الهوية أو الجواز أو القيد العائلي\n0 رجوع',
    year: 'أدخلوا سنة ولادتكم، 4 أرقام مثل 1984\n0 رجوع',
    ready: '145 دولار حتى 10/12\nبريد بيروت\nمجانا\n2 استلمت\n3 مشكلة\n0 القائمة',
    bye: 'شكرا. إلى اللقاء.',
    sms: 'وصل: شكواكم 48217739 مسجلة. الرد قبل 12/12. لا تتوقف مساعدتكم بسبب شكوى.',
  },
  '2': {
    menu: 'Wasl - free\n1.My status\n2.Payment\n3.Complaint\n4.Information\n8.Call me\n9.More',
    last4: 'Enter the LAST 4 digits of your ID, passport or family record.\n0.Back',
    year: 'Enter your YEAR of birth, 4 digits, like 1984.\n0.Back',
    ready:
      '145 USD is ready until 10/12/2026 at Beirut post office. Bring ID. It is FREE.\n2.I got it\n3.Problem\n0.Menu',
    bye: 'Thank you. Goodbye.',
    sms: 'Wasl: your complaint 48217739 is registered. Answer by 12/12/2026. A complaint never stops your aid.',
  },
  '3': {
    menu: 'Wasl - gratuit\n1.Mon dossier\n2.Paiement\n3.Plainte\n4.Informations\n8.Rappelez-moi\n9.Suite',
    last4:
      "Entrez les 4 DERNIERS chiffres de votre carte d'identité, passeport ou livret de famille.\n0.Retour",
    year: 'Entrez votre ANNÉE de naissance, 4 chiffres, par ex. 1984.\n0.Retour',
    ready:
      "145 USD à retirer jusqu'au 10/12/2026: Poste de Beyrouth. Apportez une pièce d'identité. GRATUIT.\n2.J'ai eu l'argent\n3.Problème\n0.Menu",
    bye: 'Merci. Au revoir.',
    sms: "Wasl: votre plainte 48217739 est enregistrée. Réponse avant le 12/12/2026. Une plainte n'arrête jamais votre aide.",
  },
} as const;

/** Language, then 1: identity and payment (cumulative text), 3: complaint with an SMS, anything else: goodbye. */
function ussdScreen(text: string): UssdReply & { sms?: string } {
  if (text === '') return { text: '1 العربية\n2 English\n3 Français', end: false };
  const [lang = '', task, ...rest] = text.split('*');
  const said = lang === '1' || lang === '2' || lang === '3' ? words[lang] : words['2'];
  if (task === undefined) return { text: said.menu, end: false };
  if (task === '3') return { text: said.sms, end: true, sms: said.sms };
  if (task !== '1') return { text: said.bye, end: true };
  const screen = [said.last4, said.year, said.ready][rest.length];
  return { text: screen ?? said.bye, end: screen === undefined };
}

const rows = [
  ['status', 'حالتي', 'My status', 'Mon dossier'],
  ['pay', 'الدفعات', 'Payment', 'Paiement'],
  ['grv', 'تقديم شكوى', 'Make a complaint', 'Faire une plainte'],
  ['track', 'متابعة شكوى', 'Track complaint', 'Suivre ma plainte'],
  ['info', 'معلومات', 'Information', 'Informations'],
  ['call', 'اتصلوا بي مجانا', 'Call me (free)', 'Rappelez-moi (gratuit)'],
] as const;

function chatAnswer({ text, choice }: Inbound): OutboundContent {
  const lang = /\p{Script=Arabic}/u.test(text)
    ? 1
    : /bonjour|paiement|plainte|plaindre|eu/i.test(text)
      ? 3
      : 2;
  const say = (ar: string, en: string, fr: string): string => (lang === 1 ? ar : lang === 3 ? fr : en);
  if (choice === 'menu/pay')
    return {
      kind: 'buttons',
      body: say(
        'دفعتكم 145 دولار جاهزة حتى 10/12 في بريد بيروت. أحضروا الهوية. الاستلام مجاني.',
        'Your payment of 145 USD is ready until 10/12/2026 at Beirut post office. Bring your ID. Collecting it is free.',
        "Votre paiement de 145 USD est à retirer jusqu'au 10/12/2026 à la Poste de Beyrouth. Apportez une pièce d'identité. C'est gratuit.",
      ),
      buttons: [
        { id: 'pay/got', title: say('استلمت', 'I got it', "J'ai eu l'argent") },
        { id: 'pay/less', title: say('مبلغ أقل', 'Less money', 'Montant incomplet') },
        { id: 'pay/none', title: say('لم أستلم', 'Not received', "Je n'ai rien eu") },
      ],
      personal: true,
    };
  if (choice !== undefined)
    return { kind: 'text', body: say('شكرا، سجلنا ذلك.', 'Thank you, noted.', "Merci, c'est noté.") };
  return {
    kind: 'list',
    body: say(
      'أهلا بكم في وصل، مجانا. ماذا تريدون؟',
      'Welcome to Wasl, it is free. What do you need?',
      "Bienvenue chez Wasl, c'est gratuit. Que voulez-vous ?",
    ),
    button: say('فتح القائمة', 'Open menu', 'Ouvrir le menu'),
    rows: rows.map(([id, ...titles]) => ({
      id: `menu/${id}`,
      title: titles[lang - 1] ?? id,
      ...(id === 'pay' && {
        description: say('متى وأين أستلم', 'When and where to collect', 'Quand et où retirer'),
      }),
    })),
    personal: false,
  };
}

export type Scripted = {
  url: string;
  channels: Record<'sms' | 'whatsapp', Channel>;
  heard: { turns: UssdTurn[]; ends: UssdSessionEnd[]; messages: Inbound[]; receipts: Receipt[] };
  /** While true, messages are refused. */
  broken: boolean;
  stop(): Promise<void>;
};

/** Serves the simulator and the USSD callback on a port of its own. */
export async function startScripted(port = 0): Promise<Scripted> {
  const heard: Scripted['heard'] = { turns: [], ends: [], messages: [], receipts: [] };
  const send = async (name: 'sms' | 'whatsapp', to: string, content: OutboundContent): Promise<void> => {
    await self.channels[name].send?.({ id: 'out', to, content });
  };
  const handlers: Handlers = {
    ussd: async (turn) => {
      heard.turns.push(turn);
      const { sms, ...screen } = ussdScreen(turn.text);
      if (sms !== undefined) await send('sms', turn.phone, { kind: 'text', body: sms });
      return screen;
    },
    ussdRefusal: (reason) => Promise.resolve({ text: `refused: ${reason}`, end: true }),
    ussdEnd: (end) => {
      heard.ends.push(end);
      return Promise.resolve();
    },
    message: async (inbound) => {
      if (self.broken) throw new Error('broken');
      heard.messages.push(inbound);
      if (inbound.channel === 'whatsapp') await send('whatsapp', inbound.from, chatAnswer(inbound));
      else await send('sms', inbound.from, { kind: 'text', body: `You wrote: ${inbound.text}` });
    },
    receipt: (receipt) => {
      heard.receipts.push(receipt);
      return Promise.resolve();
    },
    optOut: () => Promise.resolve(),
  };
  const { router, channels } = simulator({
    webhookToken: 'dev',
    serviceCode: code,
    serviceName: { ar: 'وصل', en: 'Wasl', fr: 'Wasl' },
    people: demoPeople,
    handlers,
    smsNumber: '1747',
  });
  const named = (name: string): Channel => {
    const channel = channels.find((one) => one.name === name);
    if (channel === undefined) throw new Error(`no channel ${name}`);
    return channel;
  };
  const ussd = africasTalkingUssd();
  if (ussd.path === undefined || ussd.routes === undefined) throw new Error('the USSD channel has no routes');
  const app = express();
  app.use('/simulator', router);
  app.use(`/webhooks/dev${ussd.path}`, ussd.routes(handlers));
  const server = app.listen(port, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const self: Scripted = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    channels: { sms: named('simulator-sms'), whatsapp: named('simulator-whatsapp') },
    heard,
    broken: false,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
  return self;
}
