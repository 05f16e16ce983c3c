/** Fills in what a profile leaves to its other parts, so that nobody who reads a profile needs a fallback. */
import { ENROLMENT_STATUSES } from '../registry/registry.ts';
import { resolveCategories } from './categories.ts';
import { countryOf } from './checks.ts';
import { documentRule } from './documents.ts';
import type { Text } from './fields.ts';
import type { Profile, Programme } from './profile.ts';
import type { ProfileFile } from './schema.ts';

/** Where a profile names no office at all. */
const NO_PLACE: Text = {
  en: 'local office',
  fr: 'bureau local',
  ar: 'مكتب المنطقة',
  pt: 'posto local',
  es: 'oficina local',
  tr: 'yerel ofis',
  id: 'kantor setempat',
  uz: 'mahalliy idora',
  ru: 'местный офис',
  zh: '当地办事处',
};

/** The profile of a file without contradictions. */
export function complete(file: ProfileFile): Profile {
  const { languages, calendar, windows, hotline } = file;
  const inEvery = (text: Text): Text => {
    const fallback = text[languages.default] ?? text['en'] ?? Object.values(text)[0] ?? '';
    return Object.fromEntries(languages.offered.map((language) => [language, text[language] ?? fallback]));
  };
  const programme = ([code, said]: [string, ProfileFile['programmes'][string]]): [string, Programme] => {
    const criteria = said.criteria === undefined ? null : inEvery(said.criteria);
    const statuses = said.statuses === 'all' ? ENROLMENT_STATUSES : said.statuses;
    return [code, { ...said, code, name: inEvery(said.name ?? { en: code }), criteria, statuses }];
  };
  return {
    ...file,
    service_name: inEvery(file.service_name),
    programmes: Object.fromEntries(Object.entries(file.programmes).map(programme)),
    categories: resolveCategories(file.categories, file.routing, file.sla_working_days),
    routing: { ...institutions(file), ...file.routing },
    offices: file.offices.map((office) => ({
      area: office.area,
      name: inEvery(office.name),
      hours: office.hours ?? calendar.hours,
      unit: office.unit ?? null,
    })),
    identity: {
      ...file.identity,
      documents: file.identity.documents.map((said) => documentRule(said).type),
      document_rules: file.identity.documents.map(documentRule),
    },
    place: inEvery(file.place ?? NO_PLACE),
    hotline: { ...hotline, child: hotline.child ?? hotline.danger },
    means_check: file.means_check && {
      sources: file.means_check.sources.map(({ id, name }) => ({ id, name: inEvery(name) })),
    },
    windows: completeWindows(windows),
    status_map: Object.fromEntries(
      Object.entries(file.status_map).map(([word, said]) => [
        word,
        typeof said === 'string' ? said : said.status,
      ]),
    ),
    posted_stages: Object.fromEntries(
      Object.entries(file.status_map).flatMap(([word, said]) =>
        typeof said === 'string' ? [] : [[word, said.stage]],
      ),
    ),
    numbers: { country: file.numbers.country ?? countryOf(calendar.tz) ?? '' },
  };
}

/** The institution of a programme answers for it, unless the profile sends its cases elsewhere. */
function institutions({ programmes }: ProfileFile): Record<string, string> {
  return Object.fromEntries(
    Object.entries(programmes).flatMap(([code, { institution }]) =>
      institution === undefined ? [] : [[code, institution]],
    ),
  );
}

/** A posted list can be objected to for as long as the profile says, and else for as long as it hangs. */
function completeWindows(windows: ProfileFile['windows']): Profile['windows'] {
  const posted = [windows.posted_days].flat().filter((days) => days > 0);
  const objection = windows.objection_days === undefined ? posted : [windows.objection_days];
  const stages = objection.length === 0 ? [windows.appeal_days] : objection;
  return {
    ...windows,
    posted_days: posted,
    objection_days: stages[0] ?? windows.appeal_days,
    objection_stages: stages,
  };
}
