/**
 * What a provider product offers: routes that understand its callbacks, and a way to send. One file each in this
 * folder; none of them knows a flow or a Screen. The contract suite in tests/channels holds them all to this.
 */
import type { Router } from 'express';

/** How a citizen reaches us; decides the renderer. */
export type ChannelName = 'ussd' | 'sms' | 'whatsapp';

/** A message from a citizen by SMS or chat. */
export type Inbound = {
  channel: 'sms' | 'whatsapp';
  /** The provider product that received it, e.g. `twilio-whatsapp`; answers leave by the same one. */
  provider: string;
  /** Opaque address to answer to: E.164 (`+9617…`) or a WhatsApp business-scoped user id (`KE.123…`). */
  from: string;
  /** E.164 phone where the address is one; absent for WhatsApp users without a phone. */
  phone?: string;
  /** The number or code written to. */
  to?: string;
  /** The provider's message id: a second delivery of the same id changes nothing. */
  id: string;
  /** What was typed; empty when only media came. */
  text: string;
  /** Id of the tapped button or list row (`<screen>/<choice>` as rendered). */
  choice?: string;
  media?: Media[];
  /** The provider already handled and answered an opt-out keyword itself: record it, do not answer again. */
  handledOptOut?: 'stop' | 'start' | 'help';
};

/** A voice note, picture or location; the bytes stay with the provider until fetched. */
export type Media = {
  kind: 'image' | 'audio' | 'video' | 'document' | 'location';
  contentType?: string;
  /** What the provider's fetcher finds it by, its address or its id; `geo:<latitude>,<longitude>` for a location. */
  url?: string;
};

/** One request of a USSD gateway. */
export type UssdTurn = {
  provider: string;
  sessionId: string;
  /** E.164. */
  phone: string;
  serviceCode: string;
  networkCode?: string;
  /** All inputs of the session so far, joined by `*`, exactly as received. */
  text: string;
};

/** `end` closes the session. `text` is without the `CON `/`END ` prefix. `label` names the screen for the gateway's own statistics. */
export type UssdReply = { text: string; end: boolean; label?: string };

/** The gateway says a session is over. */
export type UssdSessionEnd = {
  provider: string;
  sessionId: string;
  phone: string;
  outcome: 'completed' | 'dropped' | 'failed';
  durationMs?: number;
  hops?: number;
  /** Only for `failed`: the gateway's reason. */
  error?: string;
};

export type DeliveryState = 'sent' | 'delivered' | 'read' | 'failed';

/** A delivery report. `state` absent: a word we do not know; keep `raw`, change nothing. */
export type Receipt = {
  provider: string;
  providerId: string;
  state?: DeliveryState;
  /** The provider's own word or code, e.g. `63016` or `UserInBlackList`. */
  raw: string;
  code?: string;
  /** The failure means: this person does not want, or cannot get, messages from this sender. */
  optOut?: boolean;
  /** Our own id of the message (Outbound.id), from a provider that repeats it: it settles one whose answer was lost. */
  message?: string;
};

/** What the service does with what a channel hears. Each resolves once the effect is durable. */
export type Handlers = {
  ussd(turn: UssdTurn): Promise<UssdReply>;
  /** The END text for input that is no valid turn (bad number, missing fields); `phone` when it could be read. */
  ussdRefusal(reason: 'phone' | 'request', phone?: string): Promise<UssdReply>;
  ussdEnd(end: UssdSessionEnd): Promise<void>;
  message(inbound: Inbound): Promise<void>;
  receipt(receipt: Receipt): Promise<void>;
  optOut(optOut: { provider: string; phone: string }): Promise<void>;
};

/** A message in its channel's form, ready to leave; made by the renderers. */
export type OutboundContent =
  | { kind: 'text'; body: string }
  | { kind: 'buttons'; body: string; buttons: Row[]; personal: boolean }
  | { kind: 'list'; body: string; button: string; rows: Row[]; personal: boolean }
  /** An approved WhatsApp template by its logical name; the provider maps it to its own id. */
  | { kind: 'template'; name: string; language: string; variables: string[]; fallback: string };

/** A tappable choice: WhatsApp limits are title 20 (button) or 24 (row), description 72, id 200 UTF-16 units. */
export type Row = { id: string; title: string; description?: string };

export type Outbound = { id: string; to: string; content: OutboundContent };

export type Sent = { providerId: string; cost?: string };

/**
 * Why a send failed. `retryable`: may work later. `unknown`: the request may have been carried out (its answer was
 * lost), so sending again could double it. `optOut`: stop writing to this person. `alert`: people must act
 * (credentials, balance, configuration).
 */
export class SendError extends Error {
  readonly code: string;
  readonly retryable: boolean;
  readonly unknown: boolean;
  readonly optOut: boolean;
  readonly alert: boolean;
  constructor(
    code: string,
    traits: {
      retryable?: boolean;
      unknown?: boolean;
      optOut?: boolean;
      alert?: boolean;
      message?: string;
    } = {},
  ) {
    super(traits.message ?? code);
    this.name = 'SendError';
    this.code = code;
    this.retryable = traits.retryable ?? false;
    this.unknown = traits.unknown ?? false;
    this.optOut = traits.optOut ?? false;
    this.alert = traits.alert ?? false;
  }
}

export type Channel = {
  /** Unique name of the provider product, e.g. `africastalking-sms`. */
  name: string;
  channel: ChannelName;
  /** Path under `/webhooks/<token>` at which the routes are mounted, e.g. `/africastalking/sms`. */
  path?: string;
  routes?(handlers: Handlers): Router;
  /** Rejects with SendError only. */
  send?(message: Outbound): Promise<Sent>;
  /** Asks the provider whether the credentials work; resolves to a sentence saying what to mend, or undefined. */
  check?(): Promise<string | undefined>;
};
