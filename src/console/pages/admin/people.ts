/** The names of colleagues, for whoever may see who did what. */
import { listStaff } from '../../../staff/accounts.ts';
import type { ConsoleDeps } from '../../deps.ts';
import type { Words } from '../../words.ts';

/** From the actor of a row (a key, `command`, `demo`, `token:…`) to what is shown. */
export type NameOf = (actor: string | null) => string;

export async function colleagues(
  { db, keys, now }: Pick<ConsoleDeps, 'db' | 'keys' | 'now'>,
  t: Words,
): Promise<NameOf> {
  const names = new Map((await listStaff({ db, keys }, now())).map(({ key, name }) => [key, name]));
  return (actor) => (actor === null ? t('admin.by_system') : (names.get(actor) ?? t('admin.by_system')));
}
