/** Forms: every one posts with the visit's token, and every field has a label, a hint and its problem beside it. */
import type { ComponentChildren, JSX } from 'preact';
import { Icon, type IconName } from './icon.tsx';
import { useVisit, useWords } from './visit-context.ts';

type FormProps = {
  /** Below the site's root, e.g. `/console/case/12345678/note`. */
  action: string;
  /** Opaque: keeps unfinished text in this browser under this name until the form is sent. */
  draft?: string;
  class?: string;
  id?: string;
  children: ComponentChildren;
};

/** A form that changes something. */
export function Form({ action, draft, children, ...rest }: FormProps) {
  const { csrf } = useVisit();
  return (
    <form method="post" action={action} data-draft={draft} {...rest}>
      <input type="hidden" name="csrf" value={csrf} />
      {children}
    </form>
  );
}

type ButtonProps = {
  kind?: 'main' | 'plain' | 'quiet' | 'danger';
  icon?: IconName;
  /** Name of a shortcut that presses this button; see shortcuts.ts. */
  shortcut?: string;
  name?: string;
  value?: string;
  type?: 'submit' | 'button';
  disabled?: boolean;
  /** Id of the dialog that it opens. */
  opens?: string;
  formAction?: string;
  autofocus?: boolean;
  /** For a button whose text says too little alone. */
  label?: string;
  children: ComponentChildren;
};

export function Button(props: ButtonProps) {
  const { kind = 'plain', icon, shortcut, type = 'submit', opens, label, children, ...rest } = props;
  return (
    <button
      class={`button ${kind}`}
      type={opens ? 'button' : type}
      data-shortcut={shortcut}
      data-opens={opens}
      aria-label={label}
      {...rest}
    >
      {icon ? <Icon name={icon} /> : null}
      {children}
    </button>
  );
}

type LinkButtonProps = {
  href: string;
  kind?: ButtonProps['kind'];
  icon?: IconName;
  shortcut?: string;
  children: ComponentChildren;
};

/** A link that looks like a button: it goes somewhere, and changes nothing. */
export function LinkButton({ href, kind = 'plain', icon, shortcut, children }: LinkButtonProps) {
  return (
    <a class={`button ${kind}`} href={href} data-shortcut={shortcut}>
      {icon ? <Icon name={icon} /> : null}
      {children}
    </a>
  );
}

type AroundField = {
  name: string;
  label: string;
  hint?: string | undefined;
  /** What is wrong with the value, in words. */
  problem?: string | undefined;
  required?: boolean;
  /** Where one page has two fields of a name. */
  id?: string;
};

/** What a field is described by, for its `aria-describedby`. */
function describedBy({ id, name, hint, problem }: AroundField): string | undefined {
  const base = id ?? `f-${name}`;
  const ids = [hint ? `${base}-hint` : '', problem ? `${base}-problem` : ''].filter(Boolean);
  return ids.length > 0 ? ids.join(' ') : undefined;
}

function Around({ field, children }: { field: AroundField; children: ComponentChildren }) {
  const t = useWords();
  const id = field.id ?? `f-${field.name}`;
  return (
    <div class={field.problem ? 'field wrong' : 'field'}>
      <label for={id}>
        {field.label}
        {field.required === false ? <span class="optional"> {t('form.optional')}</span> : null}
      </label>
      {field.hint ? (
        <p class="hint" id={`${id}-hint`}>
          {field.hint}
        </p>
      ) : null}
      {children}
      {field.problem ? (
        <p class="problem" id={`${id}-problem`}>
          <Icon name="warning" />
          {field.problem}
        </p>
      ) : null}
    </div>
  );
}

type InputProps = AroundField & {
  type?: 'text' | 'email' | 'password' | 'tel' | 'number' | 'date' | 'time' | 'search';
  value?: string;
  autocomplete?: 'off' | 'username' | 'current-password' | 'new-password' | 'one-time-code';
  inputMode?: 'email' | 'numeric' | 'tel' | 'text';
  minLength?: number;
  maxLength?: number;
  dir?: 'ltr' | 'auto';
  spellcheck?: boolean;
  autofocus?: boolean;
  /** Id of a datalist. */
  list?: string;
  shortcut?: string;
};

export function Field({ name, label, hint, problem, required = true, id, shortcut, ...input }: InputProps) {
  const field = { name, label, hint, problem, required, ...(id === undefined ? {} : { id }) };
  const attributes = {
    id: id ?? `f-${name}`,
    name,
    required,
    'data-shortcut': shortcut,
    'aria-describedby': describedBy(field),
    'aria-invalid': problem ? 'true' : undefined,
    ...input,
    // Preact knows a type of its own for each kind of input; which one this is, only the caller knows.
  } as JSX.IntrinsicElements['input'];
  return (
    <Around field={field}>
      <input {...attributes} />
    </Around>
  );
}

type TextAreaProps = AroundField & {
  value?: string;
  rows?: number;
  maxLength?: number;
  shortcut?: string;
  language?: string;
};

/** Longer text. It takes the direction of what is typed. */
export function TextArea(props: TextAreaProps) {
  const {
    name,
    label,
    hint,
    problem,
    required = true,
    id,
    value = '',
    rows = 4,
    maxLength,
    shortcut,
    language,
  } = props;
  const field = { name, label, hint, problem, required, ...(id === undefined ? {} : { id }) };
  return (
    <Around field={field}>
      <textarea
        id={id ?? `f-${name}`}
        name={name}
        required={required}
        rows={rows}
        maxLength={maxLength}
        dir="auto"
        lang={language}
        data-shortcut={shortcut}
        aria-describedby={describedBy(field)}
        aria-invalid={problem ? 'true' : undefined}
      >
        {value}
      </textarea>
    </Around>
  );
}

export type Option = { value: string; label: string };
type SelectProps = AroundField & { options: readonly Option[]; value?: string | undefined; empty?: string };

/** `empty`: the words of a first line that chooses nothing. */
export function Select({ options, value, empty, ...field }: SelectProps) {
  const { name, id = `f-${name}`, required = true, problem } = field;
  return (
    <Around field={{ ...field, required }}>
      <select
        id={id}
        name={name}
        required={required}
        aria-describedby={describedBy(field)}
        aria-invalid={problem ? 'true' : undefined}
      >
        {empty === undefined ? null : <option value="">{empty}</option>}
        {options.map((option) => (
          <option key={option.value} value={option.value} selected={option.value === value}>
            {option.label}
          </option>
        ))}
      </select>
    </Around>
  );
}

type ChoiceProps = {
  name: string;
  legend: string;
  options: readonly (Option & { hint?: string })[];
  value?: string | undefined;
  problem?: string | undefined;
};

/** A few options, all in sight. */
export function Choices({ name, legend, options, value, problem }: ChoiceProps) {
  return (
    <fieldset class="choices">
      <legend>{legend}</legend>
      {options.map((option) => (
        <label key={option.value} class="choice">
          <input type="radio" name={name} value={option.value} checked={option.value === value} required />
          <span>
            {option.label}
            {option.hint ? <span class="hint">{option.hint}</span> : null}
          </span>
        </label>
      ))}
      {problem ? (
        <p class="problem">
          <Icon name="warning" />
          {problem}
        </p>
      ) : null}
    </fieldset>
  );
}

export function Tick({
  name,
  label,
  checked = false,
  value = 'yes',
}: {
  name: string;
  label: string;
  checked?: boolean;
  value?: string;
}) {
  return (
    <label class="choice">
      <input type="checkbox" name={name} value={value} checked={checked} />
      <span>{label}</span>
    </label>
  );
}

/** A button that asks once more before it posts, without any script. */
export function Confirm({
  ask,
  kind = 'plain',
  icon,
  shortcut,
  children,
}: {
  ask: string;
  kind?: ButtonProps['kind'];
  icon?: IconName;
  shortcut?: string;
  children: ComponentChildren;
}) {
  return (
    <details class="confirm">
      <summary class={`button ${kind}`} data-shortcut={shortcut}>
        {icon ? <Icon name={icon} /> : null}
        {ask}
      </summary>
      <div class="confirm-body">{children}</div>
    </details>
  );
}
