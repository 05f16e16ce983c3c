/** The visit, for components: whoever draws asks for the words here instead of being handed them. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Visit } from '../visit.ts';
import type { Words } from '../words.ts';

export const VisitContext = createContext<Visit | undefined>(undefined);

export function useVisit(): Visit {
  const visit = useContext(VisitContext);
  if (!visit) throw new Error('a component of the console was drawn outside a visit');
  return visit;
}

/** `const t = useWords(); t('nav.desk')` */
export function useWords(): Words {
  return useVisit().words;
}
