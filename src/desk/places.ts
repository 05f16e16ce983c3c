/** Places as people say them. */
import { nameParts } from '../registry/name-sounds.ts';

/** An area and what people call it, in any language. */
export type Place = { area: string; names: readonly string[] };

/** Words that stand in the names of many places and tell none of them from another. */
const ANYWHERE = new Set(
  'post office poste bureau de du la le les branch agent main market centre center بريد مكتب فرع وكيل مركز'.split(
    ' ',
  ),
);

/** The words that make a place this one: `Tripoli` of Tripoli post office. */
export function placeParts(name: string): string[] {
  return nameParts(name).filter((part) => !ANYWHERE.has(part) && part.length > 1);
}
