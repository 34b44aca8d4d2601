/** Which processes count as dead: never one that may still be running. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { currentOwner, isDeadOwner } from '@/lib/adapters/process-owner';

/** Host, and on Linux the namespace that process ids are counted in. */
const place = currentOwner().replace(/:\d+:\d+$/, '');

/** When a process started, in ticks since boot; `null` where there is no /proc. */
function ticksOf(pid: number | undefined): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  } catch {
    return null;
  }
}

describe('a process', () => {
  it('names itself by place, id and start, always the same', () => {
    expect(currentOwner()).toMatch(/^.+:\d+:\d+$/);
    expect(currentOwner()).toBe(currentOwner());
    expect(currentOwner().startsWith(`${place}:${process.pid}:`)).toBe(true);
    expect(isDeadOwner(currentOwner())).toBe(false);
  });

  it('is named by ticks since boot where the system tells, as the clock may be set', () => {
    const ticks = ticksOf(process.pid);
    if (ticks !== null) expect(currentOwner()).toBe(`${place}:${process.pid}:${ticks}`);
  });

  it('that ended is dead', () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    expect(isDeadOwner(`${place}:${pid}:${Date.now()}`)).toBe(true);
  });

  it('that runs is not, unless its id was another’s before', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000); console.log(1)']);
    try {
      await once(child.stdout, 'data');
      const ticks = ticksOf(child.pid);
      expect(isDeadOwner(`${place}:${child.pid}:${ticks ?? Date.now()}`)).toBe(false);
      if (ticks !== null) {
        expect(isDeadOwner(`${place}:${child.pid}:${ticks - 1}`)).toBe(true);
        expect(isDeadOwner(`${place}:${child.pid}:${ticks + 1}`)).toBe(true);
      }
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    expect(isDeadOwner(`${place}:${child.pid}:${Date.now()}`)).toBe(true);
  });

  it('before this one with the same id is dead', () => {
    const start = Number(currentOwner().split(':').at(-1));
    expect(isDeadOwner(`${place}:${process.pid}:${start - 1}`)).toBe(true);
  });

  it('of another place, or one that cannot be read, is not known to be dead', () => {
    const others = [
      `other-${place}:999999:1`,
      '',
      'x',
      `${place}:`,
      `${place}:0:1`,
      `${place}:-1:1`,
      `${place}:12x:1`,
      `${place}:1e9:1`,
    ];
    for (const owner of [...others, `${place}:99999999999999999999:1`])
      expect([owner, isDeadOwner(owner)]).toEqual([owner, false]);
  });

  it('we may not signal (process 1) is alive', () => {
    expect(isDeadOwner(`${place}:1:${ticksOf(1) ?? Date.now()}`)).toBe(false);
  });
});
