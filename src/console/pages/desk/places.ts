/** The districts of the profile, as the desk's searches and questions know them, and as the reader calls them. */
import type { Place } from '../../../desk/places.ts';
import type { Profile } from '../../../profiles/profile.ts';

export function placesOf({ offices }: Profile): Place[] {
  return offices.map(({ area, name }) => ({ area, names: Object.values(name) }));
}

/** `BEY-03` with the name of the office that serves it. */
export function areaName({ offices }: Profile, language: string, area: string): string {
  const [office] = offices
    .filter((one) => area === one.area || area.startsWith(`${one.area}-`))
    .sort((one, other) => other.area.length - one.area.length);
  const name = office?.name[language];
  return name === undefined ? area : `${name} (${area})`;
}
