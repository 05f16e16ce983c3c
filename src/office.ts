/** Puts together what people and other systems work with: the API and the console, over one set of domains. */
import type { Router } from 'express';
import { createApi } from './api/api.ts';
import type { Channel } from './channels/channel.ts';
import type { Config } from './config.ts';
import { createConsole } from './console/console.ts';
import type { Deployment } from './deployment.ts';
import { takeCall } from './desk/calls.ts';
import { liveFeed } from './desk/live.ts';
import { timeline } from './desk/timeline.ts';
import type { Notifier } from './notifications/notify.ts';
import type { Registry } from './registry/registry.ts';
import type { Texts } from './render/texts.ts';
import { findByEmail, listStaff } from './staff/accounts.ts';
import { DEMO_PASSWORD, demoAddress } from './staff/demo.ts';
import type { Staff } from './staff/roles.ts';
import { createSignOn } from './staff/sign-on.ts';

export type OfficeDeps = {
  config: Config;
  deployment: Deployment;
  registry: Registry;
  texts: Texts;
  notifier: Notifier;
  carriers: readonly Channel[];
  now: () => Date;
  /** Messages were queued and are durable. */
  wake: () => void;
  report: (what: string, error: unknown) => void;
};

export type Office = { api: Router; console: Router; stop(): Promise<void> };

export async function openOffice(deps: OfficeDeps): Promise<Office> {
  const { config, deployment, registry, notifier, now, report } = deps;
  const { db, keys, profile } = deployment;
  const { isProduction, publicUrl } = config;
  const live = liveFeed(db, now, (error) => {
    report('looking for news for open pages failed', error);
  });
  const signIn = { db, keys, isProduction };
  const api = createApi({
    db,
    keys,
    profile,
    now,
    report,
    telling: { registry, notifier },
    timeline: ({ contact, restricted, before, limit, now: at }) =>
      timeline({ db, keys }, { contact, by: system(restricted), limit, at, ...(before ? { before } : {}) }),
    takeCall: async ({ phone, staff, callId, state, at }) => {
      const agent = staff === null ? null : await findByEmail({ db, keys }, staff, at);
      if (agent === undefined || agent?.state === 'disabled') return undefined;
      const { contact, isShared } = await takeCall(
        { db, keys, registry, profile },
        { phone, staff: agent, callId, state, at },
      );
      return { contact, shared: isShared };
    },
  });
  return {
    api,
    console: createConsole({
      ...deps,
      db,
      keys,
      profile,
      isProduction,
      publicUrl,
      profileFile: config.profile,
      live,
      ...(await demoSignIns(deployment, config, now())),
      ...(config.oidc
        ? { signOn: createSignOn(signIn, config.oidc, `${publicUrl}/console/sign-on/callback`) }
        : {}),
    }),
    stop: () => live.stop(),
  };
}

/** Another system reads as a supervisor does; with the scope for it also what only inspectors see. */
function system(restricted: boolean): Staff {
  return {
    key: '00000000-0000-0000-0000-000000000000',
    name: '',
    email: '',
    roles: restricted ? ['supervisor', 'inspector'] : ['supervisor'],
    units: null,
    area: null,
    language: 'en',
  };
}

async function demoSignIns({ db, keys, profile }: Deployment, { isProduction }: Config, now: Date) {
  if (isProduction || profile.tenant !== 'demo') return {};
  const domain = demoAddress('');
  const people = (await listStaff({ db, keys }, now)).filter(({ email }) => email.endsWith(domain));
  return { demoSignIns: { password: DEMO_PASSWORD, people } };
}
