/**
 * Reads the answer to a search out of whatever a registry sends (registry-and-grievance.md §1.11): without header,
 * without `message`, counts as text, one record where a list belongs. Only a plain "these are all" is an answer; every
 * refusal, and everything that cannot be read, is none.
 */
import { DciFailure } from './http.ts';
import { firstText, listOf, objectOf, textOf, type Json } from './json.ts';

export type SearchReply = {
  records: Json[];
  /** As the registry echoed it; null where it did not. */
  transaction: string | null;
};

/** The records found, none where it says so. Throws DciFailure for anything that is no answer. */
export function readSearchReply(json: unknown): SearchReply {
  const body = objectOf(json);
  const header = objectOf(body['header']);
  // Some mocks answer with the message alone.
  const message = 'message' in body ? objectOf(body['message']) : body;
  refuse(body, header, message);
  const responses = listOf(message['search_response']).map(objectOf);
  if (responses.length === 0) throw new DciFailure('malformed', 'the registry answered no search');
  const transaction = textOf(message['transaction_id']);
  return { records: responses.flatMap(recordsOf), transaction };
}

/** Refusals come in five shapes, most of them with HTTP 200. */
function refuse(body: Json, header: Json, message: Json): void {
  const isRefused =
    'error' in body ||
    'errors' in body ||
    ['ERR', 'NACK'].includes(textOf(message['ack_status'])?.toUpperCase() ?? '') ||
    isRejected(header) ||
    (!('search_response' in message) && 'error' in message);
  if (isRefused) throw new DciFailure('refused', 'the registry refused the request');
}

function isRejected(at: Json): boolean {
  return textOf(at['status'])?.toLowerCase() === 'rjct';
}

function recordsOf(response: Json): Json[] {
  const data = objectOf(response['data']);
  const holder = 'reg_records' in data ? data : response;
  const records = listOf(holder['reg_records']).map(objectOf);
  if (isRejected(response)) throw new DciFailure('refused', 'the registry refused the search');
  // The standard's own examples say `rcvd` and a `rjct.` reason beside the data: then the data counts.
  if (records.length > 0) return records.filter((record) => Object.keys(record).length > 0);
  const status = textOf(response['status'])?.toLowerCase();
  const reason = firstText(response, 'status_reason_code');
  if (reason?.startsWith('rjct.')) throw new DciFailure('refused', 'the registry refused the search');
  if (status === 'rcvd' || status === 'pdng')
    throw new DciFailure('refused', 'the registry has not looked yet');
  // "Not found" has no code: a success without records. Without either, nothing was said.
  if (status !== 'succ' && !('reg_records' in holder))
    throw new DciFailure('malformed', 'the registry answered neither records nor success');
  return [];
}

/** Whether an asynchronous request was taken. Throws DciFailure where it was not. */
export function readAck(json: unknown): { correlation: string | null } {
  const body = objectOf(json);
  const message = 'message' in body ? objectOf(body['message']) : body;
  if (textOf(message['ack_status'])?.toUpperCase() !== 'ACK')
    throw new DciFailure('refused', 'the registry did not take the request');
  return { correlation: textOf(message['correlation_id']) };
}
