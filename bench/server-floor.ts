/**
 * (e) The floor under any service that keeps what it is told: reads the form, fetches the session from Redis, commits
 * the rows of a turn to PostgreSQL, answers. Node's own server, no framework, no dialog, nothing looked up, nothing sealed.
 */
import { createHash, randomBytes } from 'node:crypto';
import http from 'node:http';
import { Redis } from 'ioredis';
import { openDatabase } from '../src/store/database.ts';
import { migrate } from '../src/store/migrate.ts';
import { announce } from './announce.ts';

const [, , databaseUrl = '', redisUrl = ''] = process.argv;
await migrate(databaseUrl);
const db = openDatabase(databaseUrl, { max: 20 });
const redis = new Redis(redisUrl);

/** As large as a sealed session in mid-dialog, and a sealed line of the record. */
const SESSION = randomBytes(600);
const LINE = randomBytes(120);
const HOUR_S = 3_600;

async function turn(form: URLSearchParams): Promise<string> {
  const digest = createHash('md5')
    .update(form.get('phoneNumber') ?? '')
    .digest('hex');
  const contact = digest.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  const key = `floor:${contact}`;
  const isDial = form.get('text') === '';
  const known = await redis.getBuffer(key);
  if (!known) {
    await db.query('insert into contact (key, address) values ($1, $2) on conflict do nothing', [
      contact,
      LINE,
    ]);
  }
  await db.query({
    name: 'floor-turn',
    text: `with moved as (
             insert into conversation as c (contact, channel, seq, state, updated_at) values ($1, 'ussd', 1, $2, now())
             on conflict (contact, channel) do update
               set seq = c.seq + 1, state = excluded.state, updated_at = excluded.updated_at
             returning c.contact
           )
           insert into message (contact, channel, direction, session, content)
           select moved.contact, 'ussd', line.direction, $3, $4 from moved, unnest($5::text[]) as line (direction)`,
    values: [contact, SESSION, form.get('sessionId'), LINE, isDial ? ['out'] : ['in', 'out']],
  });
  redis.set(key, SESSION, 'EX', HOUR_S).catch(() => undefined);
  return 'CON 145 USD is ready until 31/12/2026 at Main post office. It is FREE.\n0. Menu';
}

const server = http.createServer((req, res) => {
  let body = '';
  req.setEncoding('utf8');
  req.on('data', (part: string) => (body += part));
  req.on('end', () => {
    turn(new URLSearchParams(body)).then(
      (reply) => res.setHeader('content-type', 'text/plain; charset=utf-8').end(reply),
      () => res.writeHead(500).end(),
    );
  });
});
announce(server.listen(0, '127.0.0.1'));
