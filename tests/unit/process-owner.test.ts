/** Which processes count as dead: never one that may still be running. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { currentOwner, isDeadOwner } from '@/lib/adapters/process-owner';

/** Host, and on Linux the namespace that process ids are counted in. */
const place = currentOwner().replace(/:\d+:\d+$/, '');

describe('a process', () => {
  it('names itself by place, id and start, always the same', () => {
    expect(currentOwner()).toMatch(/^.+:\d+:\d{13}$/);
    expect(currentOwner()).toBe(currentOwner());
    expect(currentOwner().startsWith(`${place}:${process.pid}:`)).toBe(true);
    expect(isDeadOwner(currentOwner())).toBe(false);
  });

  it('that ended is dead', () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    expect(isDeadOwner(`${place}:${pid}:${Date.now()}`)).toBe(true);
  });

  it('that runs is not, unless its id was another’s before', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000); console.log(1)']);
    try {
      await once(child.stdout, 'data');
      expect(isDeadOwner(`${place}:${child.pid}:${Date.now()}`)).toBe(false);
      if (process.platform === 'linux') {
        expect(isDeadOwner(`${place}:${child.pid}:${Date.now() - 3_600_000}`)).toBe(true);
      }
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    expect(isDeadOwner(`${place}:${child.pid}:${Date.now()}`)).toBe(true);
  });

  it('before this one with the same id is dead', () => {
    expect(isDeadOwner(`${place}:${process.pid}:${Date.now() - 86_400_000}`)).toBe(true);
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
    expect(isDeadOwner(`${place}:1:${Date.now()}`)).toBe(false);
  });
});
