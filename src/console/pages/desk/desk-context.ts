/** The profile, for the components of the desk: names of districts, words of the service. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Profile } from '../../../profiles/profile.ts';
import { useVisit } from '../../ui/visit-context.ts';
import { areaName } from './places.ts';

export const DeskContext = createContext<Profile | undefined>(undefined);

export function useProfile(): Profile {
  const profile = useContext(DeskContext);
  if (!profile) throw new Error('a component of the desk was drawn without a profile');
  return profile;
}

/** The name of a district in the reader's language. */
export function useAreas(): (area: string) => string {
  const profile = useProfile();
  const { language } = useVisit();
  return (area) => areaName(profile, language, area);
}
