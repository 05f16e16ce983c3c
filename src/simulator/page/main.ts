/** Puts the page together: one line in the phone at a time, its messages sorted to the SMS tab or the chat. */
import type { HandsetMessage, MessageChannel } from '../protocol.ts';
import { messenger } from './chat.ts';
import { alertUser, byId, clockTime } from './dom.ts';
import { connect, fetchSetup } from './handset.ts';
import type { Connection } from './handset.ts';
import { listenToKeys } from './keys.ts';
import type { PhoneKey } from './keys.ts';
import { peoplePicker } from './people.ts';
import type { Owner } from './people.ts';
import { featurePhone } from './phone.ts';
import { smsTab } from './sms.ts';
import { language, loadTexts, t } from './texts.ts';

const [setup] = await Promise.all([fetchSetup(), loadTexts()]);
const { serviceCode, serviceName, smsNumber, ussdPath, people } = setup;

let connection: Connection | undefined;
/** A reconnected stream replays; what is on the page already is not shown twice. */
let shown = new Set<string>();
/** Only the answer to the last choice counts, should an earlier one come later. */
let choice = 0;

const send = async (channel: MessageChannel, text: string, tapped?: string): Promise<void> => {
  const why = await connection?.send({ channel, text, ...(tapped !== undefined && { choice: tapped }) });
  alertUser(why === undefined ? '' : t('notSent', { why }));
};

const phone = featurePhone({ serviceCode, ussdPath });
const sms = smsTab({ smsNumber, send: (text) => void send('sms', text) });
const chat = messenger({
  name: () => serviceName[language()] ?? serviceName['en'] ?? 'Wasl',
  send: (text, tapped) => void send('whatsapp', text, tapped),
});

const receive = (message: HandsetMessage): void => {
  if (shown.has(message.id)) return;
  shown.add(message.id);
  if (message.channel === 'sms') sms.add(message);
  else chat.add(message);
};

const take = async (owner: Owner): Promise<string | undefined> => {
  const mine = ++choice;
  // What an abandoned line still hears is not for this screen.
  const listener = {
    message: (message: HandsetMessage) => {
      if (mine === choice) receive(message);
    },
    lost: (lost: boolean) => {
      if (mine === choice) alertUser(lost ? t('lost') : '');
    },
  };
  try {
    const next = await connect(owner.phone, listener);
    if (mine !== choice) {
      next.close();
      return undefined;
    }
    connection?.close();
    connection = next;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  shown = new Set();
  byId('own-number', HTMLElement).textContent = connection.phone;
  sms.clear();
  sms.close();
  chat.clear();
  phone.insert(connection.phone);
  return undefined;
};

const typeOnPhone = (text: string): void => {
  if (sms.open()) sms.type(text);
  else phone.type(text);
};

const press = (key: PhoneKey): void => {
  if (key === 'end') {
    sms.close();
    phone.hangUp();
  } else if (key === 'call' && sms.open()) sms.submit();
  else if (key === 'call') phone.call();
  else if (key === 'erase' && sms.open()) sms.erase();
  else if (key === 'erase') phone.erase();
  else typeOnPhone(key);
};

const tick = (): void => {
  byId('clock', HTMLElement).textContent = clockTime(new Date());
};

chat.setName();
listenToKeys(press);
peoplePicker({ people, take, type: typeOnPhone });
tick();
setInterval(tick, 10_000);
document.documentElement.classList.add('ready');
