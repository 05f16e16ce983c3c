/** How a server of the bench tells its parent where it listens, and ends with it. */
import type http from 'node:http';
import type { AddressInfo } from 'node:net';

export function announce(server: http.Server): void {
  server.on('listening', () => {
    const { port } = server.address() as AddressInfo;
    process.stdout.write(`http://127.0.0.1:${port}\n`);
  });
  process.stdin.on('end', () => process.exit()).resume();
}
