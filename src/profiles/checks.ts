/** What no single key of a profile can tell: whether its parts agree with each other. */
import { getCountries } from 'libphonenumber-js';
import { BY_AREA, DEFAULT_CATEGORIES, SENSITIVITIES, resolveCategories, routingNames } from './categories.ts';
import type { ProfileFile } from './schema.ts';
import { wordingChecks, type Copy } from './wording.ts';

/** Where in the file, and what is wrong there. */
export type Finding = { path: PropertyKey[]; message: string };

/** Everything in the file that contradicts something else in it, or the words that the service has. */
export function crossChecks(file: ProfileFile, copy: Copy): Finding[] {
  return [
    ...languages(file),
    ...spoken(file, Object.keys(copy.catalogue)),
    ...programmes(file),
    ...complaints(file),
    ...byArea(file),
    ...numbers(file),
    ...grounds(file, copy),
    ...bySms(file),
    ...wordingChecks(file, copy),
  ];
}

/** A language without words would be found out by the first citizen who chooses it. */
function spoken({ languages: { offered } }: ProfileFile, known: readonly string[]): Finding[] {
  return offered.flatMap((language, at) =>
    known.includes(language)
      ? []
      : [
          {
            path: ['languages', 'offered', at],
            message: `"${language}" has no words here (locales/${language}.json is missing): write some of ${[...known].sort().join(', ')}`,
          },
        ],
  );
}

/** What is routed by area needs offices with queues; what accuses an office never goes to it. */
function byArea(file: ProfileFile): Finding[] {
  const local = Object.entries(file.routing).filter(([, route]) => route === BY_AREA);
  if (local.length === 0) return [];
  const findings: Finding[] = [];
  if (!file.offices.some(({ unit }) => unit !== undefined)) {
    const message = 'needs offices with a unit: write offices: [{ area: ..., name: ..., unit: ... }]';
    findings.push({ path: ['routing', local[0]?.[0] ?? ''], message });
  }
  const table = resolveCategories(file.categories, file.routing, file.sla_working_days);
  for (const { code, route, sensitivity } of Object.values(table)) {
    if (route !== BY_AREA || sensitivity === 'open') continue;
    const key = file.routing[code] === BY_AREA ? code : 'STF';
    const message = `sends ${code} to the office it may accuse: name a unit that is above it`;
    if (!findings.some(({ path }) => path[1] === key)) findings.push({ path: ['routing', key], message });
  }
  return findings;
}

/** Asking the locale data of every country takes a tenth of a second. */
const countries = new Map<string, string | undefined>();

/** The one country that keeps this time zone; undefined when several do, or none. */
export function countryOf(tz: string): string | undefined {
  if (!countries.has(tz)) {
    const found = getCountries().filter((country) => zonesOf(country).includes(tz));
    countries.set(tz, found.length === 1 ? found[0] : undefined);
  }
  return countries.get(tz);
}

function languages({
  languages: { default: first, offered },
  service_name,
  wording,
}: ProfileFile): Finding[] {
  const findings: Finding[] = [];
  if (!offered.includes(first)) {
    findings.push({
      path: ['languages', 'default'],
      message: `"${first}" is not among the languages offered`,
    });
  }
  if (new Set(offered).size < offered.length) {
    findings.push({ path: ['languages', 'offered'], message: 'names a language twice' });
  }
  for (const language of offered.filter((code) => service_name[code] === undefined)) {
    findings.push({
      path: ['service_name', language],
      message: 'is missing, though the language is offered',
    });
  }
  for (const language of Object.keys(wording).filter((code) => !offered.includes(code))) {
    findings.push({ path: ['wording', language], message: 'is not a language offered' });
  }
  return findings;
}

function programmes({ programmes }: ProfileFile): Finding[] {
  const findings: Finding[] = [];
  for (const [code, programme] of Object.entries(programmes)) {
    const named: [PropertyKey[], string][] = programme.exclusive_with.map((other, at) => [
      ['exclusive_with', at],
      other,
    ]);
    for (const [at, other] of programme.alternatives.entries()) named.push([['alternatives', at], other]);
    if (programme.migrates_to !== undefined) named.push([['migrates_to'], programme.migrates_to]);
    for (const [path, other] of named) {
      const wrong = other === code ? 'is the programme itself' : 'is not a programme of this profile';
      if (other === code || programmes[other] === undefined) {
        findings.push({ path: ['programmes', code, ...path], message: `"${other}" ${wrong}` });
      }
    }
  }
  return findings;
}

/** Each ground has words in each language, and none stands there twice. */
function grounds({ appeal_grounds: all, languages, wording }: ProfileFile, { catalogue }: Copy): Finding[] {
  return all.flatMap((ground, at) => {
    const path = ['appeal_grounds', at];
    const key = `ap.why.${ground}`;
    if (all.indexOf(ground) !== at) return [{ path, message: 'stands here twice' }];
    const silent = languages.offered.find(
      (language) => (wording[language]?.[key] ?? catalogue[language]?.[key]) === undefined,
    );
    return silent === undefined
      ? []
      : [{ path, message: `has no words: write ${key} under wording.${silent}` }];
  });
}

/** Letters of criteria that leave room for the rest of a text message. */
const SMS_CRITERIA = { latin: 60, other: 30 };

/** What is sent as a text message must be said, and fit into one. */
function bySms({ programmes }: ProfileFile): Finding[] {
  return Object.entries(programmes).flatMap(([code, { by_sms: isSent, criteria }]) => {
    if (!isSent) return [];
    const path = ['programmes', code, 'by_sms'];
    if (criteria === undefined) return [{ path, message: 'needs criteria: what is to be sent?' }];
    return Object.entries(criteria).flatMap(([language, words]) => {
      const room = /[^\u0000-\u024f]/.test(words) ? SMS_CRITERIA.other : SMS_CRITERIA.latin;
      const message = `"${words}" has ${words.length} characters; at most ${room} fit into a text message`;
      return words.length > room ? [{ path: ['programmes', code, 'criteria', language], message }] : [];
    });
  });
}

function complaints(file: ProfileFile): Finding[] {
  const findings: Finding[] = [];
  const codes = [
    ...new Set([...DEFAULT_CATEGORIES.map(({ code }) => code), ...Object.keys(file.categories)]),
  ];
  const owners = new Map<string, string>();
  for (const [code, change] of Object.entries(file.categories)) {
    const usual = DEFAULT_CATEGORIES.find((category) => category.code === code);
    const level = SENSITIVITIES.indexOf(change.sensitivity ?? 'sensitive');
    if (usual !== undefined && level < SENSITIVITIES.indexOf(usual.sensitivity)) {
      const message = `can only be stricter than ${usual.sensitivity}`;
      findings.push({ path: ['categories', code, 'sensitivity'], message });
    }
    for (const [at, choice] of (change.choices ?? []).entries()) {
      const owner = owners.get(choice);
      if (owner !== undefined) {
        findings.push({
          path: ['categories', code, 'choices', at],
          message: `"${choice}" already leads to ${owner}`,
        });
      }
      owners.set(choice, code);
    }
  }
  for (const key of Object.keys(file.sla_working_days)) {
    if (!codes.includes(key.replace(/_contact_hours$/, ''))) {
      findings.push({ path: ['sla_working_days', key], message: 'is not a complaint category' });
    }
  }
  const routes = routingNames(codes);
  for (const key of Object.keys(file.routing)) {
    if (!routes.has(key) && file.programmes[key] === undefined) {
      const message = 'is neither a complaint category, nor a family of them, nor a programme';
      findings.push({ path: ['routing', key], message });
    }
  }
  return findings;
}

function numbers({ numbers: { country }, calendar: { tz } }: ProfileFile): Finding[] {
  const path = ['numbers', 'country'];
  if (country === undefined) {
    return countryOf(tz) === undefined
      ? [{ path, message: `is needed: ${tz} does not tell the country` }]
      : [];
  }
  const known = getCountries().some((code) => code === country);
  return known ? [] : [{ path, message: `"${country}" is not a country` }];
}

/** Node 20 has the getter, later ones the method; TypeScript knows neither. */
function zonesOf(country: string): string[] {
  const locale = new Intl.Locale(`und-${country}`) as { getTimeZones?: () => string[]; timeZones?: string[] };
  return locale.getTimeZones?.() ?? locale.timeZones ?? [];
}
