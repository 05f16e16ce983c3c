/** A deployment's profile: read from YAML, checked with line numbers, completed and frozen. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { readLocales } from '../locales.ts';
import { profileFile } from '../paths.ts';
import { offenders, segments } from '../render/measure.ts';
import type { EnrolmentStatus } from '../registry/registry.ts';
import type { Hours } from './calendar.ts';
import { servingArea, type Category } from './categories.ts';
import { crossChecks, type Finding } from './checks.ts';
import { complete } from './complete.ts';
import type { DocumentRule } from './documents.ts';
import type { Text } from './fields.ts';
import { exampleFor, meant } from './hints.ts';
import { lineOf, readYaml } from './lines.ts';
import { profileSchema, type ProfileFile } from './schema.ts';
import type { Copy } from './wording.ts';

type FileProgramme = ProfileFile['programmes'][string];

export type Programme = Readonly<Omit<FileProgramme, 'name' | 'criteria' | 'statuses'>> & {
  readonly code: string;
  readonly name: Text;
  readonly criteria: Text | null;
  readonly statuses: readonly EnrolmentStatus[];
};

export type Office = {
  readonly area: string;
  readonly name: Text;
  readonly hours: Hours;
  /** The queue of its cases; null: it has none of its own. */
  readonly unit: string | null;
};

/**
 * Everything that differs between two countries, under the same words as in the file. Every text has every offered
 * language, every default is filled in, and nothing can be written to.
 */
export type Profile = Readonly<
  Omit<
    ProfileFile,
    | 'programmes'
    | 'categories'
    | 'offices'
    | 'place'
    | 'hotline'
    | 'windows'
    | 'numbers'
    | 'identity'
    | 'status_map'
    | 'means_check'
  >
> & {
  /** `documents`: their names; `document_rules`: what is known of their numbers. */
  readonly identity: Readonly<
    Omit<ProfileFile['identity'], 'documents'> & { documents: string[]; document_rules: DocumentRule[] }
  >;
  readonly programmes: Readonly<Record<string, Programme>>;
  readonly categories: Readonly<Record<string, Category>>;
  readonly offices: readonly Office[];
  readonly place: Text;
  readonly hotline: Readonly<ProfileFile['hotline'] & { child: string }>;
  readonly windows: Readonly<
    Omit<ProfileFile['windows'], 'posted_days' | 'objection_days'> & {
      posted_days: number[];
      /** Of the first stage. */
      objection_days: number;
      objection_stages: number[];
    }
  >;
  readonly status_map: Readonly<Record<string, EnrolmentStatus>>;
  readonly means_check:
    { readonly sources: readonly { readonly id: string; readonly name: Text }[] } | undefined;
  /** Which of several postings a word of the registry means. */
  readonly posted_stages: Readonly<Record<string, number>>;
  readonly numbers: { readonly country: string };
};

export type ProfileProblem = { line: number; path: string; message: string };

/** A profile that must not be used; the message is one line for the operator. */
export class ProfileError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ProfileError';
  }
}

/** Reads a profile's text. Either the profile, or every problem with its line; `fileName` only names the whole file. */
export function checkProfile(
  yamlText: string,
  fileName: string,
): { profile?: Profile; problems: ProfileProblem[] } {
  const read = readYaml(yamlText);
  if ('broken' in read)
    return { problems: read.broken.map((at) => ({ ...at, path: path.basename(fileName) })) };
  const parsed = profileSchema.safeParse(read.data);
  const findings = parsed.success ? crossChecks(parsed.data, copy()) : parsed.error.issues.flatMap(explain);
  if (parsed.success && findings.length === 0)
    return { profile: frozen(complete(parsed.data)), problems: [] };
  const problems = findings.map((finding) => {
    const { line, missing } = lineOf(read, finding.path);
    return {
      line,
      path: finding.path.map(String).join('.') || path.basename(fileName),
      message: missing && !parsed.success ? missingKey(finding.path) : finding.message,
    };
  });
  return { problems: problems.sort((one, other) => one.line - other.line) };
}

/** A profile's file, read and checked. `file`: as it is named to people. */
export type ProfileFileCheck = { file: string; profile?: Profile; problems: ProfileProblem[] };

/** Reads the profile of that name in `profilesDir`, or in the file of that path; throws ProfileError when there is none. */
export function checkProfileFile(nameOrPath: string, profilesDir: string): ProfileFileCheck {
  const location = profileFile(nameOrPath, profilesDir);
  const inside = path.relative(process.cwd(), location);
  const file = inside.startsWith('..') ? location : inside;
  let text: string;
  try {
    text = readFileSync(location, 'utf8');
  } catch (error) {
    throw new ProfileError(`${file}: there is no such profile, or it cannot be read`, { cause: error });
  }
  return { file, ...checkProfile(text, file) };
}

/**
 * The profile of that name in `profilesDir`, or in the file of that path.
 * Throws `ProfileError` ("profiles/x.yaml:12: calendar.tz: ...") when it cannot be read or has a problem.
 */
export function loadProfile(nameOrPath: string, profilesDir: string): Profile {
  const { file, profile, problems } = checkProfileFile(nameOrPath, profilesDir);
  if (profile !== undefined) return profile;
  const [first, ...others] = problems;
  const more = others.length === 0 ? '' : ` (and ${others.length} more: wasl profile check ${file})`;
  throw new ProfileError(`${file}:${first?.line ?? 1}: ${first?.path ?? ''}: ${first?.message ?? ''}${more}`);
}

/** The area of the profile's offices that typed digits name: its code without letters and signs; null: none. */
export function areaOfDigits(profile: Profile, digits: string): string | null {
  const alike = profile.offices
    .map(({ area }) => ({ area, code: area.replace(/\D/g, '') }))
    .filter(({ code }) => code !== '' && digits.startsWith(code))
    .sort((one, other) => other.code.length - one.code.length);
  return alike[0]?.area ?? null;
}

/** Days for which the list of a stage can be objected to; a registry that does not say which stage means the first. */
export function objectionDays({ windows }: Profile, stage = 1): number {
  return (stage > 1 ? windows.objection_stages[stage - 1] : undefined) ?? windows.objection_days;
}

/** The words in which the registry may say a status: ours and its own, in lower case. */
export function wordsOfStatus({ status_map: map }: Profile, status: EnrolmentStatus): string[] {
  const own = Object.entries(map).filter(([, ours]) => ours === status);
  return [status, ...own.map(([word]) => word.toLowerCase())];
}

/** The profile format as JSON Schema, for editors. Rules between keys are checked on loading only. */
export function profileJsonSchema(): object {
  return z.toJSONSchema(profileSchema, { io: 'input', unrepresentable: 'any' });
}

/** The office that serves an area: the longest area code it begins with, or else the profile's `place`. */
export function officeFor(profile: Profile, area: string | null): { name: Text; hours: Hours } {
  const serving = servingArea(profile.offices, area);
  return serving[0] ?? { name: profile.place, hours: profile.calendar.hours };
}

/** The catalogue and the measures of the copy lint, read once. */
function copy(): Copy {
  known ??= {
    catalogue: readLocales(),
    offenders,
    segments: (text) => segments(text).segments,
  };
  return known;
}
let known: Copy | undefined;

function missingKey(at: PropertyKey[]): string {
  const example = exampleFor(at);
  return example === undefined ? 'is missing' : `is missing: write, for example, ${example}`;
}

function unknownKey(at: PropertyKey[]): string {
  format ??= profileJsonSchema();
  const hint = meant(format, at);
  return `is not a key of the profile format${hint === undefined ? '' : `: ${hint}`}`;
}
let format: object | undefined;

/** What zod found, in words for an operator: one finding an unknown key, and its path in full. */
function explain(issue: z.core.$ZodIssue): Finding[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...issue.path, key],
      message: unknownKey([...issue.path, key]),
    }));
  }
  if (issue.code === 'invalid_key') {
    return [{ path: issue.path, message: issue.issues[0]?.message ?? issue.message }];
  }
  return [{ path: issue.path, message: issue.message.replace(/^Invalid (input|option): /, 'is wrong: ') }];
}

/** Nobody writes to a profile; only days off are announced while the service runs (grievances/holidays.ts). */
function frozen(profile: Profile): Profile {
  for (const [key, value] of Object.entries(profile)) if (key !== 'calendar') freeze(value);
  return Object.freeze(profile);
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(freeze);
  }
  return value;
}
