/** What a process and its children have cost so far: CPU time and resident memory. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

export interface ProcessCost {
  readonly cpuUs: number;
  readonly rssBytes: number;
}

interface ProcessRow extends ProcessCost {
  readonly pid: number;
  readonly parent: number;
}

/** Linux counts CPU time in 1/100 s for programs, on every architecture (USER_HZ). */
const TICK_US = 10_000;
const KIB = 1024;

/** CPU time of a process's threads in µs, to the nanosecond; `null` where the kernel keeps no such count. */
function threadsUs(pid: number): number | null {
  const folder = `/proc/${pid}/task`;
  if (!existsSync(`${folder}/${pid}/schedstat`)) return null;
  const spent = (thread: string) =>
    Number(readFileSync(`${folder}/${thread}/schedstat`, 'latin1').split(' ')[0]);
  return readdirSync(folder).reduce((sum, thread) => sum + spent(thread) / 1_000, 0);
}

/** One process of /proc; `null` when it ended meanwhile. */
function linuxRow(pid: number): ProcessRow | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name in parentheses may hold anything; the fields after it are counted from its last parenthesis.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [parent, user, system] = [1, 11, 12].map((index) => Number(fields[index]));
    const rss = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? '0';
    const cpuUs = threadsUs(pid) ?? ((user ?? 0) + (system ?? 0)) * TICK_US;
    return { pid, parent: parent ?? 0, cpuUs, rssBytes: Number(rss) * KIB };
  } catch {
    return null;
  }
}

/** `[[days-]hours:]minutes:seconds` as ps prints it. */
function psTimeUs(text: string): number {
  const [days, clock] = text.includes('-') ? text.split('-') : ['0', text];
  const seconds = (clock ?? '').split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  return (Number(days) * 86_400 + seconds) * 1_000_000;
}

function psRows(): ProcessRow[] {
  const text = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,rss=,time='], { encoding: 'utf8' });
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [pid, parent, rss, time = ''] = line.trim().split(/\s+/);
      return { pid: Number(pid), parent: Number(parent), rssBytes: Number(rss) * KIB, cpuUs: psTimeUs(time) };
    });
}

function allRows(): ProcessRow[] {
  if (process.platform !== 'linux') return psRows();
  const pids = readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid));
  return pids.map(linuxRow).filter((row) => row !== null);
}

/** Adds up a process and everything it started. */
export function costOf(root: number): ProcessCost {
  const rows = allRows();
  const wanted = new Set([root]);
  // Children may stand before their parents in the list.
  for (let before = 0; before < wanted.size;) {
    before = wanted.size;
    for (const { pid, parent } of rows) if (wanted.has(parent)) wanted.add(pid);
  }
  const tree = rows.filter(({ pid }) => wanted.has(pid));
  return {
    cpuUs: tree.reduce((sum, row) => sum + row.cpuUs, 0),
    rssBytes: tree.reduce((sum, row) => sum + row.rssBytes, 0),
  };
}
