/** What else a refusal leads to: from the profile, without what the household has or was refused. */
import { expect, it } from 'vitest';
import { alternativesTo, refusalFacts } from '../../src/registry/alternatives.ts';
import { profilesDir } from '../../src/paths.ts';
import { loadProfile } from '../../src/profiles/profile.ts';

const turkey = loadProfile('turkey-isas', profilesDir);
const refused = (programme: string) => ({ programme, status: 'noteligible' as const });

it('names what the profile names, without what the household has or was refused', () => {
  expect(alternativesTo(turkey, refused('CCT'), [refused('CCT')])).toEqual(['SASF', 'GSS']);
  const all = [refused('CCT'), { programme: 'SASF', status: 'active' as const }];
  expect(alternativesTo(turkey, refused('CCT'), all)).toEqual(['GSS']);
  expect(alternativesTo(turkey, refused('GSS'), [refused('GSS'), refused('SASF')])).toEqual([]);
});

it('leaves out what takes nobody in any more', () => {
  const { SASF } = turkey.programmes;
  if (!SASF) throw new Error('the profile has no SASF');
  const closed = { programmes: { ...turkey.programmes, SASF: { ...SASF, closing: true } } };
  expect(alternativesTo(closed, refused('CCT'), [refused('CCT')])).toEqual(['GSS']);
});

it('says nothing where it is no refusal, or where the profile names no alternatives at all', () => {
  const active = { programme: 'CCT', status: 'active' as const };
  expect(alternativesTo(turkey, active, [active])).toBeUndefined();
  expect(alternativesTo(loadProfile('demo', profilesDir), refused('CASH'), [])).toBeUndefined();
  expect(refusalFacts(undefined)).toEqual({});
});

it('a refusal never stands alone: a service, or that none was found', () => {
  expect(refusalFacts(['GSS', 'PROJE'])).toEqual({ status: 'refused', alt: 'GSS' });
  expect(refusalFacts([])).toEqual({ status: 'refusedalone' });
});
