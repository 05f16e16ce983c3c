/** The one search box: what was found, the first of it one key away (console.md §4). */
import type { Response, Router } from 'express';
import { search, searchLimiter, type SearchResult } from '../../../desk/search.ts';
import { currentInteraction } from '../../../desk/interaction.ts';
import { contactFor } from '../../../notifications/contact.ts';
import type { Profile } from '../../../profiles/profile.ts';
import { deskRegistry } from '../../../registry/desk.ts';
import type { ConsoleDeps, Tools } from '../../deps.ts';
import { formOf } from '../../form.ts';
import { sendPage, sendProblem } from '../../respond.tsx';
import { requires } from '../../session.ts';
import { Badge, Code, Empty, Notice, When } from '../../ui/parts.tsx';
import { Icon } from '../../ui/icon.tsx';
import { useWords } from '../../ui/visit-context.ts';
import { staffOf, visitOf } from '../../visit.ts';
import { DeskContext } from './desk-context.ts';
import { PersonLine } from './person.tsx';
import { placesOf } from './places.ts';
import { wordFor } from './timeline-words.ts';
import { contactPath, keyOf } from './view.ts';

export function searchRoutes(router: Router, deps: ConsoleDeps & Tools): void {
  const { db, keys, profile } = deps;
  const limiter = searchLimiter();
  const registry = deskRegistry(db, keys);
  const places = placesOf(profile);

  router.post('/search', requires('desk', 'cases', 'restricted'), async (req, res) => {
    const query = formOf(req).text('query');
    const answer = await search(
      { db, keys, registry, country: profile.numbers.country, places, limiter },
      { query, by: staffOf(res), at: deps.now() },
    );
    if (!answer.ok) {
      sendProblem(res, answer.why === 'too_many' ? 'too_often' : 'nothing_here');
      return;
    }
    const [only] = answer.results;
    if (answer.results.length === 1 && only) deps.goTo(res, pathOf(only));
    else showResults(res, profile, answer);
  });

  /** A reload of the results, whose words nobody keeps. */
  router.get('/search', requires('desk', 'cases', 'restricted'), (_req, res) => {
    showResults(res, profile, { results: [], narrow: false });
  });

  /** A file leads to the conversation with its phone, or into the contact one is in. */
  router.get('/desk/households/:household', requires('desk'), async (req, res) => {
    const household = keyOf(req.params['household']);
    const person = keyOf(req.query['person']);
    const card = household === undefined ? undefined : await registry.card(household);
    if (!card) {
      sendProblem(res, 'nothing_here');
      return;
    }
    const current = await currentInteraction(db, staffOf(res).key);
    const members = card.members.toSorted(
      (a, b) => Number(b.person === person) - Number(a.person === person),
    );
    const [phone] = members.flatMap(({ phones }) => phones.map(({ number }) => number));
    const contact =
      current?.contact ??
      (phone === undefined ? undefined : (await contactFor(db, keys, { from: phone })).key);
    if (contact === undefined) deps.goTo(res, '/console/desk', 'flash.problem_desk_no_phone');
    else deps.goTo(res, contactPath(contact, { household, person }));
  });
}

function pathOf(result: SearchResult): string {
  if (result.kind === 'case') return `/console/cases/${result.reference}`;
  if (result.kind === 'contact') return contactPath(result.contact);
  return `/console/desk/households/${result.household}?person=${result.person}`;
}

type Found = { results: readonly SearchResult[]; narrow: boolean };

function showResults(res: Response, profile: Profile, found: Found): void {
  const title = visitOf(res).words('desk.search');
  sendPage(res, {
    title,
    section: '/desk',
    body: (
      <DeskContext.Provider value={profile}>
        <h1>{title}</h1>
        <Results {...found} />
      </DeskContext.Provider>
    ),
  });
}

function Results({ results, narrow }: Found) {
  const t = useWords();
  if (results.length === 0)
    return (
      <div class="card">
        <Empty title={t('desk.search_none')}>
          <p>{t('desk.search_help')}</p>
        </Empty>
      </div>
    );
  return (
    <div class="card">
      {narrow ? (
        <Notice tone="info">
          <p>{t('desk.search_narrow')}</p>
        </Notice>
      ) : null}
      <ol class="queue-list results" data-list>
        {results.map((result, index) => (
          <li key={pathOf(result)} data-list-item>
            <a class="queue-item" href={pathOf(result)} autofocus={index === 0}>
              <ResultLine result={result} />
            </a>
          </li>
        ))}
      </ol>
    </div>
  );
}

function ResultLine({ result }: { result: SearchResult }) {
  const t = useWords();
  if (result.kind === 'person')
    return (
      <>
        <Icon name="person" />
        <PersonLine person={result} />
        {result.exact ? null : <Badge icon="info">{t('desk.sounds_like')}</Badge>}
      </>
    );
  if (result.kind === 'contact')
    return (
      <>
        <Icon name="message" />
        <strong>{t('desk.talk')}</strong> <Code>{`••• ${result.phoneEnding}`}</Code>
      </>
    );
  return (
    <>
      <Icon name="file" />
      <strong>{t('desk.kind.case')}</strong> <Code>{result.reference}</Code>
      <Badge>{wordFor(t, 'desk.state', result.status)}</Badge>
      <When at={result.createdAt} only="date" />
    </>
  );
}
