/** `wasl serve`: opens the service, prints where it is, and closes it in an orderly way when told to. */
import type { AddressInfo } from 'node:net';
import { httpAddress, type Config } from '../config.ts';
import { createService, type Service } from '../main.ts';
import { DEMO_PASSWORD, demoAddress } from '../staff/demo.ts';
import { createLogger } from '../observe.ts';
import { untilTold } from './signals.ts';

export async function serve(config: Config): Promise<void> {
  const log = createLogger(config.logLevel);
  const service = await createService(config, log);
  const told = untilTold(log);
  try {
    await listen(service, config);
    process.stdout.write(welcome(service, config));
    await told;
  } finally {
    await service.close();
  }
}

function listen({ server }: Service, config: Config): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(new Error(refusal(error.code, config), { cause: error }));
    });
    server.listen(config.port, config.host, resolve);
  });
}

/** Why the address could not be had, by the variable to mend. */
function refusal(code: string | undefined, { host, port }: Config): string {
  if (code === 'EADDRINUSE') return `PORT: ${port} is taken by another program`;
  if (code === 'EACCES') return `PORT: ${port} needs rights that this user lacks`;
  return `HOST: ${host} is no address of this machine`;
}

function welcome({ server, hasSimulator, deployment }: Service, config: Config): string {
  const { port } = server.address() as AddressInfo;
  const at = httpAddress(config.host, port);
  const lines = [`Wasl is ready (profile ${deployment.profile.tenant}).`];
  if (hasSimulator) {
    lines.push(`  Phone simulator  ${at}/simulator/`);
    if (deployment.profile.tenant === 'demo') {
      lines.push(
        `  Try it           dial ${deployment.profile.channels.ussd.code} as +96170000001, last 4 digits 0427, born 1980`,
      );
    }
  }
  lines.push(`  Console          ${at}/console`);
  if (deployment.profile.tenant === 'demo' && !config.isProduction) {
    lines.push(
      `  Sign in as       ${demoAddress('agent')}, ${demoAddress('supervisor')}, … password ${DEMO_PASSWORD}`,
    );
  }
  lines.push(
    `  USSD callback    ${at}/webhooks/<token>/africastalking/ussd`,
    `  Health           ${at}/readyz`,
  );
  return `${lines.join('\n')}\n`;
}
