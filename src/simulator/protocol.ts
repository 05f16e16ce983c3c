/** What the simulator's page and its server say to each other; free of Node and of the browser, both sides read it. */

export type Lang = 'ar' | 'en' | 'fr';

/** Someone of the synthetic registry, with what a visitor must type to be recognised as this person. */
export type DemoPerson = {
  /** E.164. */
  phone: string;
  name: Record<Lang, string>;
  /** Last four digits of a document; null when the registry knows none for this number. */
  last4: string | null;
  birthYear: number | null;
  /** One sentence: what the registry holds about this person, so why to try this one. */
  story: Record<Lang, string>;
};

/** Answer of `GET setup`. */
export type Setup = {
  serviceCode: string;
  serviceName: Record<string, string>;
  smsNumber: string;
  /** Path of the USSD callback, its secret segment included; `/events` below it ends a session. */
  ussdPath: string;
  people: readonly DemoPerson[];
};

export type MessageChannel = 'sms' | 'whatsapp';

/** A reply button, or a row of a list. */
export type Option = { id: string; title: string; description?: string };

/** A message on a handset, whichever way it went; the data of one server-sent event. */
export type HandsetMessage = {
  id: string;
  channel: MessageChannel;
  from: 'person' | 'service';
  /** ISO 8601. */
  at: string;
  text: string;
  buttons?: Option[];
  list?: { button: string; rows: Option[] };
};

/** Answer of `POST handsets`. `phone` is E.164, whatever was typed. */
export type Handset = { id: string; phone: string };

/** Body of `POST handsets/:id/messages`. `choice` is the id of the tapped button or row. */
export type TypedMessage = { channel: MessageChannel; text: string; choice?: string };

/** Answer of a route that refuses: one sentence saying what to do. */
export type Refusal = { error: string };
