/** Which session a call belongs to, by what its client sends. */
import { describe, expect, it } from 'vitest';
import { sessionOf } from '@/lib/gateway/sessions';
import type { WireCall } from '@/lib/wire/format';

interface Clues {
  readonly headers?: Readonly<Record<string, string>>;
  readonly id?: string | null;
  readonly opening?: string | null;
  readonly token?: string | null;
}

function find({ headers = {}, id = null, opening = null, token = 'tok_1' }: Clues) {
  const call = { session: { id, opening: () => opening } } as WireCall;
  return sessionOf(new Headers(headers), call, token, () => 'ses_new');
}

const UUID = '0b5f6f0e-3f0a-4c5e-9a52-1d2c3b4a5f60';

describe('a session', () => {
  it('is what the caller names it, before anything its client sends', () => {
    const headers = { 'x-tollgate-session': 'nightly', 'x-claude-code-session-id': UUID };
    expect(find({ headers, id: 'body' })).toEqual({ key: 'nightly', parent: null, source: 'named' });
    const child = { 'x-tollgate-session': 'step-2', 'x-tollgate-parent-session': 'nightly' };
    expect(find({ headers: child })).toEqual({ key: 'step-2', parent: 'nightly', source: 'named' });
  });

  it('of Claude Code is its own id, and sub-agents hang below it as they name each other', () => {
    const session = { 'x-claude-code-session-id': UUID };
    expect(find({ headers: session })).toEqual({ key: UUID, parent: null, source: 'claude-code' });
    const agent = { ...session, 'x-claude-code-agent-id': 'a1' };
    expect(find({ headers: agent })).toEqual({ key: `${UUID}/a1`, parent: UUID, source: 'claude-code' });
    const below = { ...session, 'x-claude-code-agent-id': 'a2', 'x-claude-code-parent-agent-id': 'a1' };
    expect(find({ headers: below })).toEqual({
      key: `${UUID}/a2`,
      parent: `${UUID}/a1`,
      source: 'claude-code',
    });
  });

  it('of Codex is its thread, in both spellings; a thread of its own hangs below the session', () => {
    const root = { 'session-id': 't1', 'thread-id': 't1', 'x-client-request-id': 't1' };
    expect(find({ headers: root })).toEqual({ key: 't1', parent: null, source: 'codex' });
    expect(find({ headers: { session_id: 't1' } })).toEqual({ key: 't1', parent: null, source: 'codex' });
    expect(find({ headers: { 'session-id': 't1', 'thread-id': 't2' } })).toEqual({
      key: 't2',
      parent: 't1',
      source: 'codex',
    });
  });

  it('of OpenClaw comes in its plugin’s header, or in the line its system prompt carries', () => {
    const headers = { 'x-clawrouter-session-id': 'agent:main:main' };
    expect(find({ headers })).toEqual({ key: 'agent:main:main', parent: null, source: 'openclaw' });
    const opening = `You are an agent.\nRuntime: agent=main | host=box | session=agent:main:explicit:${UUID}\nhi`;
    expect(find({ opening })).toEqual({
      key: `agent:main:explicit:${UUID}`,
      parent: null,
      source: 'openclaw',
    });
  });

  it('of OpenClaw is the same where its body names a cache as well', () => {
    const opening = `Runtime: agent=main | session=agent:main:explicit:${UUID}\nhi`;
    const told = { key: `agent:main:explicit:${UUID}`, parent: null, source: 'openclaw' };
    expect(find({ id: `${UUID}:0`, opening })).toEqual(told);
    expect(find({ id: `${UUID}:0`, opening: 'hi' })).toMatchObject({ key: `${UUID}:0`, source: 'body' });
    expect(find({ id: `${UUID}:0` })).toMatchObject({ key: `${UUID}:0`, source: 'body' });
    expect(find({ id: 'mine', opening })).toMatchObject({ key: 'mine', source: 'body' });
  });

  it('of OpenClaw is looked for at the start of lines, and not in whatever follows a long prompt', () => {
    const line = `Runtime: agent=main | session=agent:main:explicit:${UUID}\nhi`;
    expect(find({ opening: `${'x\n'.repeat(60_000)}${line}` }).source).toBe('openclaw');
    expect(find({ opening: `${'x\n'.repeat(200_000)}${line}` }).source).toBe('fingerprint');
    expect(find({ opening: `say ${line}` }).source).toBe('fingerprint');
  });

  it('of opencode comes in its header, others’ in the body', () => {
    const headers = { 'x-session-id': 'ses_a' };
    expect(find({ headers }).source).toBe('opencode');
    // With OpenAI's provider it sends the header by which Codex is known, too.
    expect(find({ headers: { ...headers, 'session-id': 'ses_a' } }).source).toBe('opencode');
    expect(find({ id: 'cache-key:0' })).toEqual({ key: 'cache-key:0', parent: null, source: 'body' });
  });

  it('of a client that sends no id is a fingerprint of the conversation’s start: same start, same token', () => {
    const first = find({ opening: 'You are kind.\nHello' });
    expect(first).toMatchObject({ parent: null, source: 'fingerprint' });
    expect(first.key).toMatch(/^fp_[0-9a-f]{16}$/);
    expect(find({ opening: 'You are kind.\nHello' }).key).toBe(first.key);
    expect(find({ opening: 'You are kind.\nHallo' }).key).not.toBe(first.key);
    expect(find({ opening: 'You are kind.\nHello', token: 'tok_2' }).key).not.toBe(first.key);
  });

  it('tells long conversations apart by their first message, however long the system prompt', () => {
    const system = 'You are kind. '.repeat(5_000);
    expect(find({ opening: `${system}\nHello` }).key).not.toBe(find({ opening: `${system}\nHallo` }).key);
  });

  it('without any conversation is new with each call', () => {
    expect(find({})).toEqual({ key: 'ses_new', parent: null, source: 'random' });
  });

  it.each([' ', 'x'.repeat(201), 'a b', 'tab\there'])('is never an unusable id (%j)', (id) => {
    expect(find({ headers: { 'x-tollgate-session': id }, id }).source).toBe('random');
  });
});
