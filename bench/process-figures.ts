/** What the kernel says of a process: CPU time and resident memory. Linux only; null elsewhere. */
import { readFileSync } from 'node:fs';

/** The kernel counts CPU time in ticks of 10 ms for user space, whatever its own clock is. */
const MICROSECONDS_A_TICK = 10_000;

/** CPU time used so far, user and system, all threads. */
export function cpuMicroseconds(pid: number): number | null {
  const stat = readOf(pid, 'stat');
  if (stat === null) return null;
  // The name in brackets may hold spaces; after it, utime and stime are the 12th and 13th fields.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * MICROSECONDS_A_TICK;
}

/** Resident memory in MiB. */
export function residentMiB(pid: number): number | null {
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readOf(pid, 'status') ?? '') ?? [];
  return kibibytes === undefined ? null : Number(kibibytes) / 1_024;
}

function readOf(pid: number, file: string): string | null {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return null;
  }
}
