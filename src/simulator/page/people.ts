/** Whose phone it is: cards of the registry's invented people, a number of one's own, and what to type as whom. */
import type { DemoPerson } from '../protocol.ts';
import { byId, make } from './dom.ts';
import { language, onLanguage, t } from './texts.ts';

/** `person` is absent for a number of one's own. */
export type Owner = { phone: string; person?: DemoPerson };

/** `take` resolves to why the number cannot be used, or undefined. The first person is taken at once. */
export function peoplePicker(options: {
  people: readonly DemoPerson[];
  take: (owner: Owner) => Promise<string | undefined>;
  type: (text: string) => void;
}): void {
  const { people, take, type } = options;
  const cards = byId('people', HTMLElement);
  const form = byId('other', HTMLFormElement);
  const number = byId('other-number', HTMLInputElement);
  const note = byId('other-note', HTMLElement);
  let owner: Owner | undefined;

  const choose = async (next: Owner): Promise<void> => {
    const refused = await take(next);
    note.textContent = refused ?? t('otherHint');
    note.classList.toggle('wrong', refused !== undefined);
    number.setAttribute('aria-invalid', String(refused !== undefined));
    if (refused === undefined) {
      owner = next;
      draw();
    }
  };

  const draw = (): void => {
    const focused = cards.contains(document.activeElement);
    cards.replaceChildren(...people.map((person) => card(person, person === owner?.person, choose)));
    if (focused) cards.querySelector<HTMLInputElement>('input:checked')?.focus();
    byId('identity', HTMLElement).replaceChildren(...identity(owner, type));
    form.classList.toggle('chosen', owner !== undefined && owner.person === undefined);
    note.textContent = t('otherHint');
  };

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void choose({ phone: number.value });
  });
  onLanguage(draw);
  draw();
  const first = people[0];
  if (first !== undefined) void choose({ phone: first.phone, person: first });
}

function card(person: DemoPerson, chosen: boolean, choose: (owner: Owner) => Promise<void>): HTMLElement {
  const lang = language();
  const radio = make('input', { type: 'radio', name: 'person', value: person.phone, class: 'unseen' });
  radio.checked = chosen;
  radio.addEventListener('change', () => {
    void choose({ phone: person.phone, person });
  });
  const name = person.name[lang];
  return make(
    'label',
    { class: 'card' },
    radio,
    make('span', { class: 'avatar', 'aria-hidden': 'true' }, person.last4 === null ? '?' : name.slice(0, 1)),
    make(
      'span',
      { class: 'who' },
      make('strong', {}, name),
      make('bdi', { dir: 'ltr' }, person.phone),
      make('span', { class: 'story' }, person.story[lang]),
    ),
  );
}

function identity(owner: Owner | undefined, type: (text: string) => void): (Node | string)[] {
  if (owner === undefined) return [];
  if (owner.person === undefined) return [t('unknownIdentity')];
  const { last4, birthYear } = owner.person;
  if (last4 === null || birthYear === null) return [t('noFile')];
  const chip = (value: string, what: string): HTMLElement => {
    const label = t('typeIt', { what, value });
    const button = make('button', { type: 'button', class: 'chip', 'aria-label': label });
    button.append(make('bdi', { dir: 'ltr' }, value), make('span', {}, what));
    button.addEventListener('click', () => {
      type(value);
    });
    return button;
  };
  return [
    make('span', {}, t('typeIdentity')),
    chip(last4, t('last4')),
    chip(String(birthYear), t('birthYear')),
  ];
}
