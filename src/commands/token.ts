/** `wasl token`: tokens for other systems, made, listed and ended beside a running service. */
import { createToken, listTokens, revokeToken, SCOPES, SOURCE, type Scope } from '../api/tokens.ts';
import type { Config } from '../config.ts';
import { withDeployment } from '../deployment.ts';
import { recordAudit } from '../privacy/audit.ts';

const ACTOR = 'command';
const MAX_DAYS = 3_650;

export type NewTokenOptions = {
  scope: string[];
  name?: string;
  source?: string;
  expires?: string;
  json?: boolean;
};

/** Prints the token: with `--json` as `{"token": ...}` and nothing else. */
export async function tokenCreate(config: Config, options: NewTokenOptions): Promise<void> {
  const scopes = options.scope.flatMap((scope) => scope.split(',')).map(scopeOf);
  const { source = null } = options;
  if (source !== null && !SOURCE.test(source))
    throw new Error('--source: letters, digits, dots, dashes and underscores only, at most 64');
  const at = new Date();
  const days = options.expires === undefined ? undefined : daysOf(options.expires);
  await withDeployment(config, async ({ db }) => {
    const { id, token } = await db.transaction(async (tx) => {
      const made = await createToken(tx, {
        name: options.name ?? source ?? scopes.join(' '),
        scopes,
        source,
        expiresAt: days === undefined ? null : new Date(at.getTime() + days * 86_400_000),
        at,
      });
      const details = { scopes, source, days: days ?? null };
      await recordAudit(tx, {
        actor: ACTOR,
        action: 'token_created',
        subject: `token:${made.id}`,
        details,
        at,
      });
      return made;
    });
    process.stdout.write(
      options.json === true
        ? `${JSON.stringify({ token })}\n`
        : `Token ${id} for ${scopes.join(', ')}. It is shown this once; keep it where secrets are kept.\n${token}\n`,
    );
  });
}

export async function tokenList(config: Config, asJson: boolean): Promise<void> {
  await withDeployment(config, async ({ db }) => {
    const rows = await listTokens(db);
    if (asJson) {
      process.stdout.write(`${JSON.stringify(rows)}\n`);
      return;
    }
    if (rows.length === 0)
      process.stdout.write('There are no tokens. wasl token create --scope S makes one.\n');
    for (const { id, name, scopes, source, expires_at, last_used_on, revoked_at } of rows) {
      const state = revoked_at
        ? `revoked ${day(revoked_at)}`
        : expires_at
          ? `until ${day(expires_at)}`
          : 'without end';
      process.stdout.write(
        `${id}  ${name}  ${scopes.join(',')}  ${source ?? 'any source'}  ${state}  ${last_used_on ? `used ${last_used_on}` : 'never used'}\n`,
      );
    }
  });
}

export async function tokenRevoke(config: Config, id: string): Promise<void> {
  await withDeployment(config, async ({ db }) => {
    const at = new Date();
    await db.transaction(async (tx) => {
      if (!(await revokeToken(tx, id, at)))
        throw new Error('there is no such token in use; wasl token list names them');
      await recordAudit(tx, { actor: ACTOR, action: 'token_revoked', subject: `token:${id}`, at });
    });
    process.stdout.write(`Token ${id} is revoked.\n`);
  });
}

function scopeOf(name: string): Scope {
  const scope = SCOPES.find((known) => known === name);
  if (!scope) throw new Error(`--scope: must be one of ${SCOPES.join(', ')}`);
  return scope;
}

function daysOf(text: string): number {
  const days = Number(text);
  if (!Number.isInteger(days) || days < 1 || days > MAX_DAYS)
    throw new Error(`--expires: must be a number of days from 1 to ${MAX_DAYS}`);
  return days;
}

function day(at: Date): string {
  return at.toISOString().slice(0, 10);
}
