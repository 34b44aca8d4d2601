/** Names this process on the calls it runs, and tells whether a named process is known to have ended. */
import { readFileSync, readlinkSync } from 'node:fs';
import os from 'node:os';

/** Containers can share a host name and still count process ids apart: the namespace belongs to the name. */
function placeOf(): string {
  try {
    const namespace = /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '';
    return `${os.hostname()}#${namespace}`;
  } catch {
    return os.hostname();
  }
}

const PLACE = placeOf();

/** State letter and start of a process, the start in ticks since boot, which no clock setting moves; `null` where the system does not tell. */
function lookUp(pid: number): { readonly state: string; readonly start: number } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold spaces and parentheses itself; after it come the state and, 20th, the start.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const start = Number(fields[19]);
    return Number.isSafeInteger(start) ? { state: fields[0] ?? '', start } : null;
  } catch {
    return null;
  }
}

/** Without ticks, `performance.timeOrigin`: the same for every copy of this module in a process, and never moving. */
const STARTED = lookUp(process.pid)?.start ?? Math.round(performance.timeOrigin);

/** `place:pid:start`. */
export function currentOwner(): string {
  return `${PLACE}:${process.pid}:${STARTED}`;
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/**
 * Whether the process is known to have ended: it ran on this host and its id is free, or belongs to another process.
 * In doubt (another host, an unreadable name) it is not; its holds expire by themselves.
 */
export function isDeadOwner(owner: string): boolean {
  const [, place, pidText, startText] = /^(.+):(\d+):(\d+)$/.exec(owner) ?? [];
  if (place !== PLACE) return false;
  const [pid, start] = [Number(pidText), Number(startText)];
  // Signal 0 to process id 0 would ask about our own group.
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  if (pid === process.pid) return start !== STARTED;
  if (isGone(pid)) return true;
  const found = lookUp(pid);
  if (found === null) return false;
  // A killed process that its parent has not collected yet still answers signals.
  return found.state === 'Z' || found.state === 'X' || found.start !== start;
}
