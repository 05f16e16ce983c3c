/**
 * (b) The npm library ussd-menu-builder with Express, as its README shows, but a new menu for each request: one for all
 * gives callers each other's answers. The same screens as Wasl's, from people held in memory; nothing is stored.
 */
import { readFileSync } from 'node:fs';
import express from 'express';
import UssdMenu from 'ussd-menu-builder';
import { announce } from './announce.ts';
import type { Caller, Language } from './callers.ts';
import { textOf } from './dialog.ts';

const [, , peopleFile = ''] = process.argv;
const people = new Map(
  (JSON.parse(readFileSync(peopleFile, 'utf8')) as Caller[]).map((caller) => [caller.phone, caller]),
);

/** What a registry would be asked; a promise, because a registry would be asked over a network. */
function findByPhone(phone: string): Promise<Caller | undefined> {
  return Promise.resolve(people.get(phone));
}

const LANGUAGES: Record<string, Language> = { 1: 'ar', 2: 'en', 3: 'fr' };

function list(language: Language, title: string, keys: readonly string[], last: string): string {
  const lines = keys.map((key, index) => `${index + 1}. ${textOf(language, key)}`);
  return [title, ...lines, last].filter((line) => line !== '').join('\n');
}

/** The library keeps one caller's answers on the menu itself, so the route is all there is to read them from. */
function newMenu(): UssdMenu {
  const menu = new UssdMenu();
  const inputs = () => menu.args.text.split('*');
  const language = () => LANGUAGES[inputs()[0] ?? ''] ?? 'ar';
  const text = (key: string, values: Record<string, string> = {}) =>
    textOf(language(), key).replace(/\{\{(\w+)\}\}/g, (_whole, name: string) => values[name] ?? '');
  const back = () => `0. ${textOf(language(), 'nav.back')}`;

  menu.startState({
    run: () => {
      const names = (['ar', 'en', 'fr'] as const).map(
        (code, n) => `${n + 1}. ${textOf(code, `lang.pick.${code}`)}`,
      );
      menu.con(names.join('\n'));
    },
    next: { '*^[123]$': 'menu' },
  });
  menu.state('menu', {
    run: () => {
      const title = text('entry.menu', { svc: 'Wasl' });
      const keys = ['status', 'payment', 'complaint', 'information'].map((name) => `entry.menu.${name}`);
      menu.con(list(language(), title, keys, `0. ${text('nav.exit')}`));
    },
    next: { 2: 'payment' },
  });
  menu.state('payment', {
    run: () => {
      const keys = ['next', 'received', 'problem', 'where'].map((name) => `pay.menu.${name}`);
      menu.con(list(language(), '', keys, back()));
    },
    next: { 1: 'last4' },
  });
  menu.state('last4', {
    run: () => {
      menu.con(`${text('id.last4')}\n${back()}`);
    },
    next: { '*^\\d{4}$': 'year' },
  });
  menu.state('year', {
    run: () => {
      menu.con(`${text('id.yob')}\n${back()}`);
    },
    next: { '*^(19|20)\\d{2}$': 'amount' },
  });
  menu.state('amount', {
    run: () => {
      void findByPhone(menu.args.phoneNumber).then((person) => {
        const [, , , last4, year] = inputs();
        if (!person || person.last4 !== last4 || person.year !== year) {
          menu.end(text('err.nomatch'));
          return;
        }
        const amt = `${Number(person.amount).toLocaleString('en-US')} ${text('currency.USD')}`;
        menu.con(
          `${text('pay.ready', { amt, d: '31/12/2026', dd: '31/12', place: 'Main post office' })}\n${back()}`,
        );
      });
    },
  });
  return menu;
}

const app = express();
app.use(express.urlencoded({ extended: false }));
app.post('/ussd', async (req, res) => {
  res.type('text/plain').send(await newMenu().run(req.body as UssdMenu.UssdGatewayArgs));
});
announce(app.listen(0, '127.0.0.1'));
