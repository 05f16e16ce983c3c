/** What a DCI registry needs beside the profile: REGISTRY_DCI_* of the environment, for each source by its name. */

export type DciSecrets = {
  url?: string;
  token?: string;
  clientId?: string;
  clientSecret?: string;
  signingKey?: string;
  keyId?: string;
};

const FIELDS: Readonly<Record<string, keyof DciSecrets>> = {
  URL: 'url',
  TOKEN: 'token',
  CLIENT_ID: 'clientId',
  CLIENT_SECRET: 'clientSecret',
  SIGNING_KEY: 'signingKey',
  KEY_ID: 'keyId',
};

export const DCI_PREFIX = 'REGISTRY_DCI_';

/**
 * Secrets by source name in small letters; '' for REGISTRY_DCI_TOKEN and its kin, which hold for every source that has
 * none of its own (REGISTRY_DCI_SR_TOKEN). Throws the name of a variable that means nothing.
 */
export function readDciSecrets(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, DciSecrets> {
  const secrets: Record<string, DciSecrets> = { '': {} };
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith(DCI_PREFIX) || value === undefined) continue;
    const rest = name.slice(DCI_PREFIX.length);
    const [suffix, field] =
      Object.entries(FIELDS).find(([end]) => rest === end || rest.endsWith(`_${end}`)) ?? [];
    if (suffix === undefined || field === undefined) {
      throw new Error(`${name}: is no setting; they end in ${Object.keys(FIELDS).join(', ')}`);
    }
    const source = rest.slice(0, -suffix.length).replace(/_$/, '').toLowerCase();
    secrets[source] = { ...secrets[source], [field]: value };
  }
  return secrets;
}

/** The secrets of one source: its own before those of all. */
export function secretsOf(secrets: Readonly<Record<string, DciSecrets>>, source: string): DciSecrets {
  return { ...secrets[''], ...(source === '' ? {} : secrets[source]) };
}
