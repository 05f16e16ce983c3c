/** Two people send their answers to one case in the same instant: one wins, the other is told, and no words are lost. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { demoPhone } from '../../src/registry/demo-people.ts';
import { lodgeByUssd, startService, visitor, type TestService, type Visitor } from './support.ts';

const ROUNDS = 5;
const SAID = ['أرسلنا الدفعة اليوم', 'الدفعة في طريقها إليكم'] as const;

let service: TestService;
beforeAll(async () => {
  service = await startService();
}, 120_000);
afterAll(() => service.stop());

it('keeps one answer of two that are sent at once', { timeout: 120_000 }, async () => {
  const { db } = service.service.deployment;
  await db.query("update staff set language = 'en'");
  const people: Visitor[] = [await visitor(service.url, 'officer'), await visitor(service.url, 'supervisor')];
  const names = ['Samir Haddad', 'Joumana Rizk'];
  for (let round = 0; round < ROUNDS; round++) {
    const phone = demoPhone(round + 1);
    const reference = await lodgeByUssd(service, phone, { about: ['1', '1'], language: '1' });
    const page = `/console/cases/${reference}`;
    const version = /name="version" value="(\d+)"/.exec((await people[0]?.ask(page))?.text ?? '')?.[1] ?? '';
    const answers = await Promise.all(
      people.map((one, index) =>
        one.post(`${page}/decide`, {
          ...{ version, outcome: 'upheld:payment_sent', step: 'send', answer: SAID[index] ?? '' },
        }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 409]);
    const lost = answers.findIndex(({ status }) => status === 409);
    expect(answers[lost]?.text).toContain(names[1 - lost]);
    expect(answers[lost]?.text).toContain(SAID[lost]);
    const seen = (await people[lost]?.ask(page))?.text;
    expect(seen).toContain(SAID[1 - lost]);
    expect(seen).not.toContain(SAID[lost]);
    const told = (await service.inbox(phone)).filter((text) => text.includes(reference));
    expect(told).toHaveLength(2);
    const { rows } = await db.query(
      `select count(*)::int as decisions from grievance_event where reference = $1 and kind = 'decision'`,
      [reference],
    );
    expect(rows).toEqual([{ decisions: 1 }]);
  }
});
