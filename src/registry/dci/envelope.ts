/** Writes DCI v1.0.0 messages as the published schemas have them (registry-and-grievance.md §1.3, §1.4). */
import { randomUUID } from 'node:crypto';
import type { DciBlock } from '../../profiles/registry-block.ts';
import type { Purpose } from '../registry.ts';
import type { Json } from './json.ts';
import { signMessage, type SigningKey } from './signature.ts';

export type Action = 'search' | 'subscribe' | 'unsubscribe' | 'txn-status';

export type Envelope = { signature: string; header: Json; message: Json };

export type Writer = {
  block: DciBlock;
  signingKey: SigningKey | undefined;
  /** Where answers may be brought; only said where one is expected. */
  callbackUrl?: string;
  receiverId: string;
};

/** Without milliseconds: a receiver that writes them differently could not verify our signature (§1.9). */
export function timestamp(at: Date): string {
  return at.toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** A whole message, signed as the profile says. A new one for each attempt: message ids are used once. */
export function envelope(writer: Writer, action: Action, message: Json, at: Date, count = 1): Envelope {
  const { block, signingKey, callbackUrl, receiverId } = writer;
  const strict: Json = {
    version: '1.0.0',
    message_id: randomUUID(),
    message_ts: timestamp(at),
    action,
    sender_id: block.sender_id,
    ...(callbackUrl === undefined ? {} : { sender_uri: callbackUrl }),
    receiver_id: receiverId,
    total_count: count,
    is_msg_encrypted: false,
  };
  const header = block.header === 'all' ? { sender_uri: null, meta: null, ...strict } : strict;
  const seconds = Math.floor(at.getTime() / 1_000);
  const signed = { header, message };
  return {
    signature: signMessage(block.signature, signed, signingKey, block.sender_id, seconds),
    ...signed,
  };
}

/** What a registry is asked for: an identifier of one person or family. */
export type Wanted = { type: string; value: string };

/** The interface asked: its types, which differ between a registry of persons and one of beneficiaries. */
export type Section = Pick<DciBlock, 'reg_type' | 'record_type' | 'response_entity'>;

const PURPOSES: Readonly<Record<Purpose, string>> = {
  IDENTIFY: 'Identification of a citizen who asks about her own file',
  STATUS_ENQUIRY: 'Citizen status enquiry',
  PAYMENT_ENQUIRY: 'Citizen payment enquiry',
  GRIEVANCE_INTAKE: 'Citizen complaint or update',
  PAYMENT_NOTICE: 'Notice of a payment to the person it is for',
};

/** The search for one identifier, in the dialect of this registry. Asks for as little as there may be. */
export function searchMessage(
  block: DciBlock,
  section: Section,
  wanted: Wanted,
  purpose: Purpose,
  at: Date,
): Json {
  const transaction = randomUUID();
  const moment = timestamp(at);
  return {
    transaction_id: transaction,
    search_request: [
      {
        reference_id: `${transaction}-1`,
        timestamp: moment,
        search_criteria: {
          version: '1.0.0',
          ...(section.reg_type === null ? {} : { reg_type: section.reg_type }),
          ...(section.record_type === null ? {} : { reg_record_type: section.record_type }),
          ...(section.response_entity === null ? {} : { response_entity: section.response_entity }),
          query_type: block.query === 'idtype-object' ? 'idtype-value' : block.query,
          query: queryOf(block, section, wanted),
          pagination: { page_size: block.page_size, page_number: 1 },
          authorize: { ts: moment, purpose: { code: purpose, text: PURPOSES[purpose] } },
        },
        locale: block.locale,
      },
    ],
  };
}

function queryOf({ query }: DciBlock, { response_entity }: Section, { type, value }: Wanted): unknown {
  switch (query) {
    case 'idtype-value':
      return { type, value };
    case 'idtype-object':
      // An older OpenG2P wants the value to be an object (registry-and-grievance.md §2.2).
      return { type: 'idtype-value', value: { id_type: type, id_value: value } };
    case 'expression':
      return {
        type: 'ns:org:QueryType:expression',
        value: {
          expression: {
            collection: response_entity ?? 'Member',
            query: { $and: [{ [type]: { $eq: value } }] },
          },
        },
      };
    case 'predicate':
      return [{ seq_num: 1, expression1: { attribute_name: type, operator: 'eq', attribute_value: value } }];
  }
}

/** Asks to be told of an event. */
export function subscribeMessage(
  block: DciBlock,
  { event, record_type, filter }: DciBlock['subscribe'][number],
  at: Date,
): Json {
  const transaction = randomUUID();
  const moment = timestamp(at);
  return {
    transaction_id: transaction,
    subscribe_request: [
      {
        reference_id: `${transaction}-1`,
        timestamp: moment,
        subscribe_criteria: {
          version: '1.0.0',
          ...(block.reg_type === null ? {} : { reg_type: block.reg_type }),
          reg_event_type: event,
          filter_type: 'expression',
          filter,
          notify_record_type: record_type,
          authorize: { ts: moment, purpose: { code: 'STATUS_ENQUIRY', text: 'Keeping answers current' } },
        },
        locale: block.locale,
      },
    ],
  };
}

/** Takes subscriptions back. */
export function unsubscribeMessage(codes: readonly string[], at: Date): Json {
  return { transaction_id: randomUUID(), timestamp: timestamp(at), subscription_codes: [...codes] };
}

/** Asks what became of an earlier request of ours. */
export function statusMessage(transaction: string, type: 'search' | 'subscribe', { locale }: DciBlock): Json {
  const own = randomUUID();
  return {
    transaction_id: own,
    txnstatus_request: {
      reference_id: `${own}-1`,
      txn_type: type,
      attribute_type: 'transaction_id',
      attribute_value: transaction,
      locale,
    },
  };
}
