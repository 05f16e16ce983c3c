/** The right pane: the person and her file, as far as she has shown who she is (console.md S4). */
import type { CardMember, Masked, PersonCard } from '../../../desk/card.ts';
import { PURPOSES } from '../../../desk/reveal.ts';
import type { DeskPerson } from '../../../registry/desk.ts';
import { may } from '../../../staff/roles.ts';
import { Button, Form, Select } from '../../ui/form.tsx';
import { Facts } from '../../ui/lists.tsx';
import { Badge, Code, Empty, InLanguage, Notice } from '../../ui/parts.tsx';
import { useVisit, useWords } from '../../ui/visit-context.ts';
import { isLanguage } from '../../words.ts';
import { useAreas } from './desk-context.ts';
import { wordFor } from './timeline-words.ts';
import { contactPath, type ContactView } from './view.ts';

/** One value, shown because somebody said what for; on this page only. */
export type Shown = { person?: string | undefined; field: string; value: string };

export function PersonPane({ view, shown }: { view: ContactView; shown?: Shown | undefined }) {
  const t = useWords();
  const { contact, persons, card } = view;
  return (
    <div class="person">
      <h2>{t('desk.person')}</h2>
      <p class="person-line">
        {contact.ending === null ? t('desk.no_phone') : <Code>{`••• ${contact.ending}`}</Code>}
        <Badge icon="message">
          <InLanguage language={contact.language}>{t(`language.${contact.language}`)}</InLanguage>
        </Badge>
        <Level card={card} />
      </p>
      {card?.badges.map((badge) => (
        <Badge key={badge} tone="wait" icon="warning">
          {t(`desk.badge.${badge}`)}
        </Badge>
      ))}
      {card ? <CardFacts card={card} /> : <Chooser view={view} />}
      {card && new Set(persons.map(({ household }) => household)).size > 1 ? (
        <p>
          <a href={contactPath(contact.key, {}, { choose: '1' })}>{t('desk.other_file')}</a>
        </p>
      ) : null}
      {card?.file ? <File view={view} card={card} shown={shown} /> : null}
    </div>
  );
}

function Level({ card }: { card: PersonCard | undefined }) {
  const t = useWords();
  const isVerified = card !== undefined && card.level > 0;
  return (
    <Badge tone={isVerified ? 'good' : 'plain'} icon={isVerified ? 'check' : 'lock'}>
      {t(isVerified ? 'desk.verified' : 'desk.not_verified')}
    </Badge>
  );
}

/** Before anything is shown: initials, district, numbers of open cases. */
function CardFacts({ card }: { card: PersonCard }) {
  const areaOf = useAreas();
  const t = useWords();
  return (
    <Facts
      facts={[
        { name: t('desk.initials'), value: <bdi>{card.initials}</bdi> },
        {
          name: t('desk.district'),
          value: <bdi>{card.district === null ? '–' : areaOf(card.district)}</bdi>,
        },
        {
          name: t('desk.open_cases'),
          value:
            card.openCases.length === 0
              ? t('desk.none')
              : card.openCases.map((reference) => (
                  <a key={reference} class="case-link" href={`/console/cases/${reference}`}>
                    <Code>{reference}</Code>
                  </a>
                )),
        },
      ]}
    />
  );
}

/** Nobody, or several, on this phone: the agent asks which family it is about. */
function Chooser({ view: { contact, persons } }: { view: ContactView }) {
  const t = useWords();
  if (persons.length === 0)
    return (
      <Empty title={t('desk.unknown_phone')}>
        <p>{t('desk.unknown_phone_help')}</p>
      </Empty>
    );
  return (
    <section aria-labelledby="chooser-title" class="stack">
      <Notice tone="wait">
        <p id="chooser-title">{t('desk.shared_phone')}</p>
      </Notice>
      <ul class="choices-list" data-list>
        {persons.map((person) => (
          <li key={person.person} data-list-item>
            <a class="queue-item" href={contactPath(contact.key, person)}>
              <PersonLine person={person} />
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function PersonLine({ person }: { person: DeskPerson }) {
  const areaOf = useAreas();
  const t = useWords();
  return (
    <>
      <strong>
        <bdi>{person.initials}</bdi>
      </strong>
      <span>{t(`desk.role.${person.role}`)}</span>
      {person.area === null ? null : <bdi>{areaOf(person.area)}</bdi>}
      {person.phoneEnding === null ? null : <Code>{`••• ${person.phoneEnding}`}</Code>}
      {person.alive ? null : <Badge tone="wait">{t('desk.deceased')}</Badge>}
    </>
  );
}

function File({ view, card, shown }: { view: ContactView; card: PersonCard; shown: Shown | undefined }) {
  const t = useWords();
  const { file } = card;
  if (!file) return null;
  const [payment] = file.payments;
  return (
    <>
      <h3>{t('desk.file')}</h3>
      <Facts
        facts={[
          { name: t('desk.file_number'), value: <Value masked={file.number} view={view} shown={shown} /> },
          ...file.enrolments.map(({ programme, status }) => ({
            name: programme,
            value: <Badge>{wordFor(t, 'desk.state', status)}</Badge>,
          })),
          ...(payment
            ? [
                {
                  name: t('desk.last_payment'),
                  value: (
                    <>
                      <bdi>{[payment.amount, payment.currency, payment.on].filter(Boolean).join(' ')}</bdi>{' '}
                      <Badge>{wordFor(t, 'desk.state', payment.status)}</Badge>
                    </>
                  ),
                },
              ]
            : []),
        ]}
      />
      <h3>{t('desk.members')}</h3>
      {file.members.map((member) => (
        <Member
          key={member.person}
          member={member}
          view={view}
          shown={shown}
          isHer={member.person === file.person}
        />
      ))}
    </>
  );
}

function Member(props: { member: CardMember; view: ContactView; shown: Shown | undefined; isHer: boolean }) {
  const { member, view, shown, isHer } = props;
  const t = useWords();
  const { person, name, role, alive, language, phones, documents, birthYear, mother } = member;
  const value = (masked: Masked) => <Value masked={masked} person={person} view={view} shown={shown} />;
  return (
    <details class="member" open={isHer || shown?.person === person}>
      <summary>
        <bdi dir="auto">{name}</bdi> · {t(`desk.role.${role}`)}
        {alive ? '' : ` · ${t('desk.deceased')}`}
      </summary>
      <Facts
        facts={[
          ...phones.map((phone) => ({
            name: `${t('desk.phone')}${phone.use === 'own' || phone.use === 'unknown' ? '' : ` (${t(`desk.use.${phone.use}`)})`}`,
            value: value(phone),
          })),
          ...documents.map((document) => ({
            name: wordFor(t, 'desk.document', document.kind),
            value: value(document),
          })),
          ...(birthYear ? [{ name: t('desk.birth_year'), value: value(birthYear) }] : []),
          ...(mother ? [{ name: t('desk.mother'), value: value(mother) }] : []),
          ...(isLanguage(language) ? [{ name: t('desk.language'), value: t(`language.${language}`) }] : []),
        ]}
      />
    </details>
  );
}

/** A masked value with the way to see it: what for is asked first, and each look is written down. */
function Value(props: { masked: Masked; person?: string; view: ContactView; shown: Shown | undefined }) {
  const { masked, person, view, shown } = props;
  const { staff } = useVisit();
  const t = useWords();
  if (shown?.field === masked.field && shown.person === person)
    return (
      <span class="revealed" id="revealed" tabIndex={-1}>
        <Code>{shown.value}</Code>
      </span>
    );
  if (!staff || !may(staff, 'reveal') || !may(staff, 'level3')) return <Code>{masked.shown}</Code>;
  return (
    <details class="reveal">
      <summary>
        <Code>{masked.shown}</Code> <span class="link">{t('desk.reveal')}</span>
      </summary>
      <Form action={`/console/desk/contacts/${view.contact.key}/reveal`} class="reveal-form">
        <input type="hidden" name="household" value={view.household} />
        <input type="hidden" name="person" value={view.person} />
        <input type="hidden" name="of" value={person} />
        <input type="hidden" name="field" value={masked.field} />
        <Select
          name="purpose"
          id={`purpose-${person ?? 'file'}-${masked.field}`}
          label={t('desk.purpose')}
          options={PURPOSES.map((purpose) => ({ value: purpose, label: t(`desk.purpose.${purpose}`) }))}
        />
        <Button icon="hidden">{t('desk.reveal_go')}</Button>
      </Form>
    </details>
  );
}
