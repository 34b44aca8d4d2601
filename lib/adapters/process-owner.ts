/** Names this process on the calls it runs, and tells whether a named process is known to have ended. */
import { readFileSync, readlinkSync } from 'node:fs';
import os from 'node:os';

/** `performance.timeOrigin` is the same for every copy of this module in a process, and never moves with the clock. */
const STARTED_MS = Math.round(performance.timeOrigin);
/** A process id came back to this process itself: its own start is known to the millisecond. */
const OWN_SLACK_MS = 1_000;
/** The system's boot time is whole seconds and shifts when the clock is set: another process must be plainly younger. */
const OTHER_SLACK_MS = 10_000;
/** Linux reports process starts in 1/100 s on every architecture (USER_HZ). */
const TICK_MS = 10;

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

/** `place:pid:startMs`. */
export function currentOwner(): string {
  return `${PLACE}:${process.pid}:${STARTED_MS}`;
}

/** When a process started, ms since the epoch; `null` where the system does not tell. */
function startOf(pid: number): number | null {
  try {
    const bootSeconds = /^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1];
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold spaces and parentheses itself; the start is the 20th field after it.
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    if (bootSeconds === undefined || ticks === undefined) return null;
    const startMs = Number(bootSeconds) * 1_000 + Number(ticks) * TICK_MS;
    return Number.isFinite(startMs) ? startMs : null;
  } catch {
    return null;
  }
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
 * Whether the process is known to have ended: it ran on this host and its id is free, or belongs to a younger process.
 * In doubt (another host, an unreadable name) it is not; its holds expire by themselves.
 */
export function isDeadOwner(owner: string): boolean {
  const [, place, pidText, startText] = /^(.+):(\d+):(\d+)$/.exec(owner) ?? [];
  if (place !== PLACE) return false;
  const [pid, startMs] = [Number(pidText), Number(startText)];
  // Signal 0 to process id 0 would ask about our own group.
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  if (pid === process.pid) return startMs < STARTED_MS - OWN_SLACK_MS;
  if (isGone(pid)) return true;
  const nowRunningSince = startOf(pid);
  return nowRunningSince !== null && nowRunningSince > startMs + OTHER_SLACK_MS;
}
