/** What may be done to a case beside deciding it: each deed folded away behind its name, one form each. */
import type { ComponentChildren } from 'preact';
import {
  ESCALATION_REASONS,
  MAX_NOTE,
  REOPENING_REASONS,
  WITHDRAWAL_REASONS,
} from '../../../grievances/work.ts';
import type { CaseStatus } from '../../../grievances/lifecycle.ts';
import { NEEDS } from '../../../grievances/referral.ts';
import { Button, Field, Form, Select, TextArea } from '../../ui/form.tsx';
import { Icon, type IconName } from '../../ui/icon.tsx';
import { Card } from '../../ui/lists.tsx';
import { Measure } from '../../ui/measure.tsx';
import { useWords } from '../../ui/visit-context.ts';
import { may } from '../../../staff/roles.ts';
import type { Language } from '../../words.ts';
import { CannedReplies } from './canned.tsx';
import { categoryNames, wordFor } from './codes.ts';
import { Handset } from './handset.tsx';
import type { Tried } from './tried.tsx';
import type { CaseView } from './view.ts';

export type DeedName =
  | 'acknowledge'
  | 'review'
  | 'take'
  | 'give'
  | 'unit'
  | 'note'
  | 'ask'
  | 'escalate'
  | 'refer'
  | 'category'
  | 'propose'
  | 'accused'
  | 'withdraw'
  | 'reopen'
  | 'decide';

type Props = { view: CaseView; tried: Tried | undefined };

const LEADS_TO: Partial<Record<DeedName, CaseStatus>> = {
  acknowledge: 'acknowledged',
  review: 'in_review',
  ask: 'awaiting_citizen',
  escalate: 'escalated',
  refer: 'referred',
  reopen: 'reopened',
  withdraw: 'withdrawn',
};

/** Whether the form of a deed stands on the page; a case that moved on meanwhile no longer has it. */
export function isOffered({ detail, isOpen }: CaseView, deed: DeedName): boolean {
  if (deed === 'note') return true;
  if (deed === 'decide') return detail.decide !== null;
  const status = LEADS_TO[deed];
  return status === undefined ? isOpen : detail.next.includes(status);
}

export function Deeds({ view, tried }: Props) {
  const t = useWords();
  const { found, next } = view.detail;
  const gives = view.isOpen && (may(view.by, 'team') || found.sensitivity !== 'open');
  const props = { view, tried };
  return (
    <Card title={t('case.deeds')}>
      <div class="deeds">
        <div class="actions">
          {next.includes('acknowledged') ? <Quick {...props} deed="acknowledge" icon="check" /> : null}
          {next.includes('in_review') ? <Quick {...props} deed="review" icon="forward" /> : null}
          {view.isOpen && found.owner !== view.by.key ? <Quick {...props} deed="take" icon="person" /> : null}
        </div>
        <NoteDeed {...props} />
        {next.includes('awaiting_citizen') ? <AskDeed {...props} /> : null}
        {next.includes('escalated') ? (
          <ReasonDeed {...props} deed="escalate" icon="up" shortcut="escalate" reasons={ESCALATION_REASONS} />
        ) : null}
        {gives ? <GiveDeeds {...props} /> : null}
        {next.includes('referred') && view.units.length > 0 ? <ReferDeed {...props} /> : null}
        {view.isOpen ? <CategoryDeed {...props} /> : null}
        {view.mayRefer && view.isOpen ? <ProposeDeed {...props} /> : null}
        {found.sensitivity === 'restricted' ? <AccusedDeed {...props} /> : null}
        {next.includes('reopened') ? (
          <ReasonDeed {...props} deed="reopen" icon="back" reasons={REOPENING_REASONS} />
        ) : null}
        {next.includes('withdrawn') ? (
          <ReasonDeed {...props} deed="withdraw" icon="cross" kind="danger" reasons={WITHDRAWAL_REASONS} />
        ) : null}
      </div>
    </Card>
  );
}

/** A form behind its name; open when it was tried in vain. */
function Deed(
  props: Props & {
    deed: DeedName;
    icon: IconName;
    shortcut?: string;
    kind?: 'main' | 'danger';
    children: ComponentChildren;
  },
) {
  const { view, tried, deed, icon, shortcut, kind = 'main', children } = props;
  const t = useWords();
  const { reference, version } = view.detail.found;
  const mine = tried?.deed === deed ? tried : undefined;
  return (
    <details class="deed" open={mine !== undefined}>
      <summary data-shortcut={shortcut}>
        <Icon name={icon} />
        {t(`case.deed.${deed}`)}
      </summary>
      <Form action={`/console/cases/${reference}/${deed}`} draft={`case-${reference}-${deed}`} class="stack">
        <input type="hidden" name="version" value={version} />
        {children}
        <div class="actions">
          <Button kind={kind}>{t(`case.go.${deed}`)}</Button>
        </div>
      </Form>
    </details>
  );
}

function Quick({ view, deed, icon }: Props & { deed: 'acknowledge' | 'review' | 'take'; icon: IconName }) {
  const t = useWords();
  const { reference, version } = view.detail.found;
  return (
    <Form action={`/console/cases/${reference}/${deed}`}>
      <input type="hidden" name="version" value={version} />
      <Button icon={icon}>{t(`case.deed.${deed}`)}</Button>
    </Form>
  );
}

const kept = (tried: Tried | undefined, deed: DeedName, name: string): string =>
  tried?.deed === deed ? tried.text(name) : '';

function NoteDeed(props: Props) {
  const t = useWords();
  return (
    <Deed {...props} deed="note" icon="lock">
      <TextArea
        name="text"
        id="note-text"
        label={t('case.note')}
        hint={t('case.note_hint')}
        value={kept(props.tried, 'note', 'text')}
        maxLength={MAX_NOTE}
      />
    </Deed>
  );
}

function AskDeed(props: Props) {
  const { view, tried } = props;
  const t = useWords();
  const mine = tried?.deed === 'ask' ? tried : undefined;
  return (
    <Deed {...props} deed="ask" icon="message" {...(view.detail.decide ? {} : { shortcut: 'reply' })}>
      <CannedReplies replies={view.replies} language={view.language} into="ask-answer" />
      <TextArea
        name="answer"
        id="ask-answer"
        label={t('case.ask', { language: t(`language.${view.language as Language}`) })}
        value={mine?.text('answer') ?? ''}
        problem={mine?.problems['answer']}
        language={view.language}
        maxLength={1_500}
      />
      <Measure of="ask-answer" text={mine?.text('answer') ?? ''} language={view.language} />
      {view.messages.question === '' ? (
        <p class="hint">{t('case.confirm.no_message')}</p>
      ) : (
        <Handset text={view.messages.question} language={view.language} caption={t('case.confirm.message')} />
      )}
    </Deed>
  );
}

type ReasonProps = Props & {
  deed: 'escalate' | 'reopen' | 'withdraw';
  icon: IconName;
  shortcut?: string;
  kind?: 'danger';
  reasons: readonly string[];
};

function ReasonDeed({ reasons, ...props }: ReasonProps) {
  const t = useWords();
  return (
    <Deed {...props}>
      <p class="hint">{t(`case.hint.${props.deed}`)}</p>
      <Select
        name="reason"
        id={`${props.deed}-reason`}
        label={t('case.why')}
        value={kept(props.tried, props.deed, 'reason')}
        empty={t('case.choose')}
        options={reasons.map((value) => ({ value, label: wordFor(t, 'case.reason', value) }))}
      />
    </Deed>
  );
}

function GiveDeeds(props: Props) {
  const { view, tried } = props;
  const t = useWords();
  return (
    <>
      <Deed {...props} deed="give" icon="person">
        <Select
          name="owner"
          id="give-owner"
          label={t('case.owner')}
          value={kept(tried, 'give', 'owner')}
          empty={t('case.choose')}
          options={view.colleagues.map(({ key, name }) => ({ value: key, label: name }))}
        />
      </Deed>
      {view.units.length === 0 ? null : (
        <Deed {...props} deed="unit" icon="forward">
          <UnitField view={view} deed="unit" value={kept(tried, 'unit', 'unit')} />
        </Deed>
      )}
    </>
  );
}

function UnitField({ view, deed, value }: { view: CaseView; deed: DeedName; value: string }) {
  const t = useWords();
  return (
    <Select
      name="unit"
      id={`${deed}-unit`}
      label={t('case.unit_label')}
      value={value}
      empty={t('case.choose')}
      options={view.units.map((unit) => ({ value: unit, label: wordFor(t, 'case.unit', unit) }))}
    />
  );
}

function ReferDeed(props: Props) {
  const { view, tried } = props;
  const t = useWords();
  return (
    <Deed {...props} deed="refer" icon="out">
      <p class="hint">{t('case.hint.refer')}</p>
      <UnitField view={view} deed="refer" value={kept(tried, 'refer', 'unit')} />
      <Field
        name="due"
        id="refer-due"
        type="date"
        label={t('case.due_date')}
        value={kept(tried, 'refer', 'due')}
      />
      <TextArea
        name="text"
        id="refer-text"
        label={t('case.refer_text')}
        value={kept(tried, 'refer', 'text')}
        maxLength={MAX_NOTE}
        rows={3}
      />
    </Deed>
  );
}

function CategoryDeed(props: Props) {
  const { view, tried } = props;
  const t = useWords();
  return (
    <Deed {...props} deed="category" icon="file">
      <p class="hint">{t('case.hint.category')}</p>
      <Field
        name="category"
        id="category-category"
        label={t('case.category')}
        value={kept(tried, 'category', 'category')}
        list="category-list"
        autocomplete="off"
        dir="auto"
      />
      <CategoryList id="category-list" codes={view.categories} />
    </Deed>
  );
}

/** Names in three languages: whichever one types in finds it. */
export function CategoryList({ id, codes }: { id: string; codes: readonly string[] }) {
  return (
    <datalist id={id}>
      {codes.map((code) => (
        <option key={code} value={code}>
          {categoryNames(code)}
        </option>
      ))}
    </datalist>
  );
}

function ProposeDeed(props: Props) {
  const t = useWords();
  return (
    <Deed {...props} deed="propose" icon="out">
      <p class="hint">{t('case.hint.propose')}</p>
      <Field
        name="partner"
        id="propose-partner"
        label={t('case.partner')}
        maxLength={30}
        dir="auto"
        value={kept(props.tried, 'propose', 'partner')}
      />
      <Select
        name="need"
        id="propose-need"
        label={t('case.need_label')}
        value={kept(props.tried, 'propose', 'need')}
        empty={t('case.choose')}
        options={NEEDS.map((need) => ({ value: need, label: wordFor(t, 'case.need', need) }))}
      />
    </Deed>
  );
}

function AccusedDeed(props: Props) {
  const { tried } = props;
  const t = useWords();
  return (
    <Deed {...props} deed="accused" icon="hidden">
      <p class="hint">{t('case.hint.accused')}</p>
      <Field
        name="area"
        id="accused-area"
        label={t('case.area')}
        required={false}
        maxLength={20}
        dir="ltr"
        value={kept(tried, 'accused', 'area')}
      />
      <Field
        name="email"
        id="accused-email"
        label={t('case.accused_email')}
        type="email"
        required={false}
        maxLength={200}
        dir="ltr"
        autocomplete="off"
        value={kept(tried, 'accused', 'email')}
      />
    </Deed>
  );
}
