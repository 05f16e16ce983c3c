/** `wasl staff`: the accounts of the console, from the command line; the way in for the first administrator. */
import type { Config } from '../config.ts';
import { withDeployment, type Deployment } from '../deployment.ts';
import {
  addStaff,
  disableStaff,
  findByEmail,
  isRole,
  listStaff,
  resetPassword,
  resetSecondFactor,
  type AddRefusal,
  type StaffAccount,
} from '../staff/accounts.ts';
import { ROLES, type Role } from '../staff/roles.ts';

const ACTOR = 'command';

export type AddOptions = {
  role: string[];
  name?: string;
  unit?: string[];
  area?: string;
  language?: string;
  json?: boolean;
};

const REFUSALS: Readonly<Record<AddRefusal, string>> = {
  address: 'EMAIL: is not an e-mail address',
  roles: `--role: must be one of ${Object.keys(ROLES).join(', ')}`,
  exists: 'EMAIL: has an account already (wasl staff list)',
};

/** Adds an account and prints its temporary password, this once. */
export async function staffAdd(config: Config, email: string, options: AddOptions): Promise<void> {
  const roles = options.role.map(roleOf);
  await withDeployment(config, async (deployment) => {
    const { languages } = deployment.profile;
    const language = options.language ?? languages.default;
    if (!languages.offered.some((offered) => offered === language)) {
      throw new Error(`--language: must be one of ${languages.offered.join(', ')}`);
    }
    const added = await addStaff(
      deployment,
      {
        email,
        name: options.name ?? email.split('@')[0] ?? email,
        roles,
        units: options.unit ?? null,
        area: options.area ?? null,
        language,
      },
      { by: ACTOR, at: new Date() },
    );
    if (!added.ok) throw new Error(REFUSALS[added.why]);
    print(
      options.json,
      { key: added.key, password: added.password },
      `Added. Temporary password, shown this once: ${added.password}\n`,
    );
  });
}

/** Prints who has an account. */
export async function staffList(config: Config, options: { json?: boolean }): Promise<void> {
  await withDeployment(config, async (deployment) => {
    const staff = await listStaff(deployment, new Date());
    const lines = staff.map(({ email, name, roles, state, hasSecondFactor }) =>
      [email, name, roles.join(','), state, hasSecondFactor ? 'second factor' : 'password only'].join('\t'),
    );
    print(options.json, staff, lines.map((line) => `${line}\n`).join(''));
  });
}

/** Closes an account and ends its sessions. */
export async function staffDisable(config: Config, email: string): Promise<void> {
  await withAccount(config, email, async (deployment, { key }) => {
    await disableStaff(deployment, key, { by: ACTOR, at: new Date() });
    process.stdout.write('Disabled; open pages have ended.\n');
  });
}

/** Gives a new temporary password; with `secondFactor` the authenticator app is set up anew too. */
export async function staffReset(
  config: Config,
  email: string,
  options: { secondFactor?: boolean; json?: boolean },
): Promise<void> {
  await withAccount(config, email, async (deployment, { key }) => {
    const deed = { by: ACTOR, at: new Date() };
    const reset = await resetPassword(deployment, key, deed);
    if (!reset.ok) throw new Error('EMAIL: has no account (wasl staff list)');
    if (options.secondFactor) await resetSecondFactor(deployment, key, deed);
    const { password } = reset;
    print(options.json, { key, password }, `Temporary password, shown this once: ${password}\n`);
  });
}

function roleOf(word: string): Role {
  if (!isRole(word)) throw new Error(REFUSALS.roles);
  return word;
}

async function withAccount(
  config: Config,
  email: string,
  work: (deployment: Deployment, account: StaffAccount) => Promise<void>,
): Promise<void> {
  await withDeployment(config, async (deployment) => {
    const account = await findByEmail(deployment, email, new Date());
    if (!account) throw new Error('EMAIL: has no account (wasl staff list)');
    await work(deployment, account);
  });
}

function print(asJson: boolean | undefined, value: unknown, text: string): void {
  process.stdout.write(asJson ? `${JSON.stringify(value)}\n` : text);
}
