/** Downloads of logs: the same figures in CSV and JSON, nothing a spreadsheet would run, nothing of the operator's; and the tree of sessions. */
import { describe, expect, it } from 'vitest';
import { ENDING_WORDS, endingWord, gradeWord, sessionEnding } from '@/app/logs/call-words';
import { callRow, callsCsv, sessionRow, sessionsCsv } from '@/app/logs/log-files';
import { branchesOf } from '@/app/logs/session-tree';
import type { RequestLineView } from '@/lib/account/present';
import type { SessionView } from '@/lib/account/present-session';

const SESSION: SessionView = {
  key: '=HYPERLINK("http://x")',
  parent: null,
  source: 'named',
  user_id: 'acme',
  token_id: 'tok_1',
  token_name: '+1, "quoted"',
  agent: '@agent',
  campaign: null,
  first_at: '2026-11-21T12:00:00.000Z',
  last_at: '2026-11-21T12:01:00.000Z',
  ended_at: null,
  running: 1,
  requests: 2,
  refusals: 0,
  input_tokens: 10,
  cache_read_tokens: 20,
  cache_write_tokens: 30,
  output_tokens: 40,
  reasoning_tokens: 0,
  counted_tokens: 80,
  cost_nano_usd: 1_234_567_891,
  last_model: 'm',
  last_ending: null,
};

describe('the CSV of sessions', () => {
  const [head = '', row = '', ...rest] = sessionsCsv([SESSION]).split('\n');

  it('begins with a byte-order mark and names every column', () => {
    expect(head.startsWith('\uFEFFkey,parent,source,agent,')).toBe(true);
    expect(head.slice(1).split(',')).toEqual(Object.keys(sessionRow(SESSION)));
    expect(sessionsCsv([])).toBe(`${head}\n`);
    expect(rest).toEqual(['']);
  });

  it('holds nothing that a spreadsheet would run', () => {
    expect(row.startsWith(`"'=HYPERLINK(""http://x"")",`)).toBe(true);
    expect(row).toContain(`,'@agent,`);
    expect(row).toContain(`,"'+1, ""quoted""",`);
  });

  it('holds whole nano-dollars and the dollars they are', () => {
    expect(row.endsWith(',1234567891,1.234567891')).toBe(true);
  });
});

describe('the files of calls', () => {
  const call = {
    id: 'req_1',
    user_id: 'acme',
    owner: 'host:1:1',
    hold_tokens: 5,
    hold_nano_usd: 6,
    stream: false,
    input_tokens: null,
    output_tokens: 0,
    cost_nano_usd: null,
    session: 'a\nb',
  } as unknown as RequestLineView;

  it('keep unknown and zero apart, and leave out what is the operator’s own', () => {
    const row = callRow(call);
    expect(row).toMatchObject({ id: 'req_1', input_tokens: null, output_tokens: 0, cost_usd: null });
    for (const field of ['owner', 'hold_tokens', 'hold_nano_usd', 'user_id'])
      expect(row).not.toHaveProperty(field);
    const csv = callsCsv([call]);
    expect(csv).not.toContain('host:1:1');
    expect(csv).toContain('"a\nb"');
    expect(csv).toContain(',false,');
  });
});

describe('the tree of sessions', () => {
  const at = (key: string, parent: string | null) => ({ key, parent });

  it('puts each below the one that started it', () => {
    const tree = branchesOf('root', [at('a', 'root'), at('b', 'a'), at('c', 'root')]);
    expect(tree).toEqual([
      { session: at('a', 'root'), branches: [{ session: at('b', 'a'), branches: [] }] },
      { session: at('c', 'root'), branches: [] },
    ]);
  });

  it('ends where keys make a circle, and shows each session once', () => {
    const tree = branchesOf('a', [at('b', 'a'), at('c', 'b'), at('a', 'c'), at('c', 'a')]);
    const keys = JSON.stringify(tree).match(/"key":"\w"/g);
    expect(keys).toEqual(['"key":"b"', '"key":"c"']);
  });
});

describe('words', () => {
  it('say "running" for what has no ending yet, and never for what has', () => {
    expect([endingWord(null).name, endingWord('open').name, endingWord('broken').name]).toEqual([
      'Running',
      'Running',
      'Broken',
    ]);
    expect(sessionEnding({ running: 1, last_ending: 'complete' }).name).toBe('Running');
    expect(sessionEnding({ running: 0, last_ending: 'complete' }).name).toBe('Complete');
    expect([gradeWord(null), gradeWord('exact')?.name]).toEqual([null, 'Exact']);
    expect(new Set(ENDING_WORDS.map(({ name }) => name)).size).toBe(6);
  });
});
