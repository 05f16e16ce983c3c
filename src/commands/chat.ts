/** `wasl chat`: the phone in the terminal. The real dialogs, through the real USSD turn or as text messages. */
import { randomUUID } from 'node:crypto';
import { createInterface, type Interface } from 'node:readline/promises';
import type { Config } from '../config.ts';
import { parsePhone } from '../channels/phone.ts';
import { createService, type Service } from '../main.ts';
import { openMessage } from '../notifications/outbox.ts';
import { createLogger } from '../observe.ts';

export async function chat(config: Config, options: { phone: string; sms?: boolean }): Promise<void> {
  if (config.isProduction) throw new Error('NODE_ENV: chat is for development: it can speak as any phone');
  const phone = parsePhone(options.phone);
  if (!phone) throw new Error('--phone: must be a number such as +96170000001');
  const service = await createService(config, createLogger('silent'));
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    if (options.sms) await texting(service, terminal, phone);
    else await dialling(service, terminal, phone);
  } finally {
    terminal.close();
    await service.close();
  }
}

async function dialling(service: Service, terminal: Interface, phone: string): Promise<void> {
  const { code } = service.deployment.profile.channels.ussd;
  const ask = asker(terminal);
  for (;;) {
    const turn = { provider: 'terminal', sessionId: `terminal-${randomUUID()}`, phone, serviceCode: code };
    let text = '';
    for (;;) {
      const reply = await service.handlers.ussd({ ...turn, text });
      process.stdout.write(`\n${reply.text}\n`);
      if (reply.end) break;
      const typed = await ask('> ');
      if (typed === undefined) return;
      text = text === '' ? typed : `${text}*${typed}`;
    }
    if ((await ask(`\n[${code} again: Enter, leave: Ctrl-D] `)) === undefined) return;
  }
}

async function texting(service: Service, terminal: Interface, phone: string): Promise<void> {
  const ask = asker(terminal);
  const { db, keys } = service.deployment;
  process.stdout.write('Write a message; answers come as SMS. Leave: Ctrl-D\n');
  for (;;) {
    const text = await ask('> ');
    if (text === undefined) return;
    const id = randomUUID();
    await service.handlers.message({
      channel: 'sms',
      provider: 'simulator-sms',
      from: phone,
      phone,
      id,
      text,
    });
    const { rows } = await db.query<{ address: Buffer; content: Buffer }>(
      'select address, content from outbound where key = $1',
      [`reply:simulator-sms:${id}`],
    );
    const content = rows[0] && openMessage(keys, rows[0]).content;
    process.stdout.write(`${content?.kind === 'text' ? content.body : '(no answer)'}\n`);
  }
}

/** Asks until the input ends; `undefined` then. Piped input works like a person. */
function asker(terminal: Interface): (prompt: string) => Promise<string | undefined> {
  const lines = terminal[Symbol.asyncIterator]();
  return async (prompt) => {
    process.stdout.write(prompt);
    const line = await lines.next();
    return line.done === true ? undefined : line.value;
  };
}
