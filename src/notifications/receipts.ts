/** Delivery reports: they come late, twice, in any order, and before we know what they are about. */
import type { DeliveryState, Receipt } from '../channels/channel.ts';
import type { Tx } from '../store/database.ts';
import { isSettled, sourcesOf } from './states.ts';

/** `message`: our own id of the message (Outbound.id), from a provider that repeats it; it settles an `unknown`. */
export type Report = Receipt & { message?: string };

/** Reports that match nothing for so long are about nothing of ours. */
const KEPT_MS = 24 * 60 * 60 * 1_000;

/** Takes a report. One that overtook the answer to its own request is kept until the message is known to be sent. */
export async function takeReceipt(db: Tx, report: Report, now = new Date()): Promise<void> {
  if (await apply(db, report, now)) return;
  if (report.state === undefined) return;
  await db.query(
    `insert into early_receipt (provider, provider_id, message, state, raw, code, opt_out, at)
     values ($1, $2, $3, $4, $5, $6, $7, $8)
     on conflict (provider, provider_id, state) do nothing`,
    [
      report.provider,
      report.providerId,
      ownId(report),
      report.state,
      report.raw,
      report.code ?? null,
      report.optOut ?? false,
      now,
    ],
  );
}

/** Matches the kept reports with what has been sent since; a bounded pass, for the senders' housekeeping. */
export async function settleEarlyReceipts(db: Tx, now: Date): Promise<void> {
  const { rows } = await db.query<{
    id: number;
    provider: string;
    provider_id: string;
    message: number | null;
    state: DeliveryState;
    raw: string;
    code: string | null;
    opt_out: boolean;
  }>(
    `select e.* from early_receipt e
     where exists (select from outbound o where o.provider = e.provider and o.provider_id = e.provider_id)
        or exists (select from outbound o where o.id = e.message and o.state = 'unknown')
     order by e.id
     limit 500`,
  );
  for (const row of rows) {
    const { id, provider, provider_id: providerId, message, state, raw, code, opt_out: optOut } = row;
    const report = {
      ...{ provider, providerId, state, raw, optOut },
      ...(code !== null && { code }),
      ...(message !== null && { message: String(message) }),
    };
    await apply(db, report, now);
    await db.query('delete from early_receipt where id = $1', [id]);
  }
  await db.query('delete from early_receipt where at < $1', [new Date(now.getTime() - KEPT_MS)]);
}

/** Moves the message on if the report is news to it; false: no message is known that it could be about. */
async function apply(db: Tx, report: Report, now: Date): Promise<boolean> {
  const { provider, providerId, state, raw, code, optOut } = report;
  const { rows } = await db.query<{ found: boolean }>({
    name: 'outbound-report',
    text: `with found as (
             select id from outbound where provider = $1 and provider_id = $2
             union
             select id from outbound where id = $3 and provider = $1 and state = 'unknown'
           ), moved as (
             update outbound o set
               state = coalesce($4, o.state),
               provider_id = $2,
               report = $5,
               error = case when $4 = 'failed' then $6 when $4 is null then o.error end,
               sent_at = coalesce(o.sent_at, case when $4 <> 'failed' then $7::timestamptz end),
               settled_at = case when $8 and o.state <> 'delivered' then $7 else o.settled_at end
             from found
             where o.id = found.id and ($4::text is null or o.state = any($9))
             returning o.contact
           ), stopped as (
             update contact set stopped_at = coalesce(stopped_at, $7)
             from moved
             where $10 and key = moved.contact
           )
           select exists (select from found) as found`,
    values: [
      provider,
      providerId,
      ownId(report),
      state ?? null,
      raw.slice(0, 100),
      code ?? 'refused',
      now,
      state !== undefined && isSettled(state),
      state === undefined ? [] : sourcesOf(state),
      optOut ?? false,
    ],
  });
  return rows[0]?.found ?? false;
}

function ownId({ message }: Report): number | null {
  return message !== undefined && /^[1-9]\d{0,14}$/.test(message) ? Number(message) : null;
}
