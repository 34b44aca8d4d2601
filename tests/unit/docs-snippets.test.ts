/** The connection guide: its snippets are well-formed, name the reader's own gateway and nothing else, and the README says the same. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { transformSync } from 'esbuild';
import { describe, expect, it, test } from 'vitest';
import { originOf } from '@/lib/docs/origin';
import { SOME_TOKEN } from '@/lib/docs/snippet';
import { connectGuide, connectTable, guidesOf, snippetsOf } from '@/lib/docs/snippets';
import { readEnv } from '@/lib/env';
import { FORMATS } from '@/lib/wire/registry';

const READER = { baseUrl: 'https://gateway.example', token: 'tg_1reader' } as const;
const SNIPPETS = snippetsOf(READER);
const README = readFileSync('README.md', 'utf8');
const of = (language: string) => SNIPPETS.filter((one) => one.language === language);

/** Python tells about Python and TOML; a machine without it is told so. */
function python(program: string, input: string): { status: number | null; stderr: string } | null {
  const run = spawnSync('python3', ['-c', program], { input, encoding: 'utf8' });
  if (run.error === undefined) return run;
  console.log('notice: there is no python3 here to read the snippet with');
  return null;
}

describe('the snippets', () => {
  it('have ids and anchors of their own', () => {
    const ids = [
      ...connectGuide(READER).map(({ id }) => id),
      ...guidesOf(READER).map(({ id }) => id),
      ...SNIPPETS.map(({ id }) => id),
    ];
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    expect(ids.filter((id) => !/^[a-z][a-z0-9-]*$/.test(id))).toEqual([]);
  });

  it('name the reader’s gateway and no other address', () => {
    const allowed = [READER.baseUrl, 'https://opencode.ai'];
    for (const { id, text } of SNIPPETS) {
      const origins = [...text.matchAll(/https?:\/\/[^/\s"'`\\]+/g)].map(([origin]) => origin);
      expect({ id, foreign: origins.filter((origin) => !allowed.includes(origin)) }).toEqual({
        id,
        foreign: [],
      });
    }
  });

  it('are the same for every reader but for his address and token', () => {
    // Longer addresses break JSON onto more lines.
    const plain = (text: string) => text.replaceAll(/\s+/g, '');
    const other = snippetsOf({ baseUrl: 'http://127.0.0.1:3000', token: SOME_TOKEN });
    const back = other.map((one) => ({
      ...one,
      text: plain(
        one.text.replaceAll('http://127.0.0.1:3000', READER.baseUrl).replaceAll(SOME_TOKEN, READER.token),
      ),
    }));
    expect(back).toEqual(SNIPPETS.map((one) => ({ ...one, text: plain(one.text) })));
  });

  it('show every wire format at work', () => {
    const shown = new Set(SNIPPETS.map(({ format }) => format));
    const known = FORMATS.map(({ name }) => name);
    // Gemini by Vertex takes Gemini's own bodies, which are shown.
    expect(known.filter((name) => !shown.has(name) && name !== 'vertex-gemini')).toEqual([]);
    expect([...shown].filter((name) => name !== null && !known.includes(name))).toEqual([]);
  });

  it.each(of('json').map(({ id, text }) => ({ id, text })))('$id is JSON', ({ text }) => {
    expect(() => JSON.parse(text) as unknown).not.toThrow();
  });

  it.each(of('ts').map(({ id, text }) => ({ id, text })))('$id is a TypeScript module', ({ text }) => {
    expect(() => transformSync(text, { loader: 'ts', format: 'esm', target: 'node20' })).not.toThrow();
  });

  it.each(of('toml').map(({ id, text }) => ({ id, text })))('$id is TOML', ({ text }) => {
    expect(python('import sys, tomllib; tomllib.loads(sys.stdin.read())', text)?.stderr ?? '').toBe('');
  });

  it.each(of('py').map(({ id, text }) => ({ id, text })))(
    '$id is Python that gives the gateway’s address and token to a client',
    ({ text }) => {
      const program = [
        'import ast, sys',
        'tree = ast.parse(sys.stdin.read())',
        'values = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)]',
        `assert any(str(v).startswith('${READER.baseUrl}') for v in values), values`,
        `assert '${READER.token}' in values, values`,
        'assert any(isinstance(n, ast.Call) and getattr(n.func, "id", "") == "print" for n in ast.walk(tree))',
      ].join('\n');
      expect(python(program, text)?.stderr ?? '').toBe('');
    },
  );
});

describe('the README', () => {
  it('connects agents as the guide does', () => {
    const shown = /<!-- connect:start.*?-->\n([\s\S]*?)\n<!-- connect:end -->/.exec(README)?.[1];
    expect(shown?.trim()).toBe(connectTable({ baseUrl: READER.baseUrl, token: SOME_TOKEN }));
  });

  it('shows a provider of one’s own that the server takes as it stands', () => {
    const example = /TOLLGATE_PROVIDERS='([\s\S]*?)'\n/.exec(README)?.[1] ?? '';
    const { customProviders } = readEnv({ TOLLGATE_PROVIDERS: example });
    expect(customProviders).toMatchObject([{ name: 'local', formats: ['openai-chat'], apiKey: '' }]);
    expect(customProviders[0]?.models.map(({ id }) => id)).toEqual(['qwen3-8b']);
    const line = /^# TOLLGATE_PROVIDERS=(.*)$/m.exec(readFileSync('.env.example', 'utf8'))?.[1] ?? '';
    expect(readEnv({ TOLLGATE_PROVIDERS: line }).customProviders).toHaveLength(1);
  });
});

test('.env.example names every variable of the environment’s schema, and the server takes it as it stands', () => {
  const example = readFileSync('.env.example', 'utf8');
  const sources = ['lib/env.ts', 'lib/env/clouds.ts', 'lib/env/oidc.ts', 'lib/env/upgrades.ts']
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
  const read = new Set(
    [...sources.matchAll(/\b([A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+)(?:['"]|: optional)/g)].map(([, name]) => name),
  );
  // The host sets this one; it is no operator's.
  read.delete('NODE_ENV');
  const named = new Set([...example.matchAll(/^#? ?([A-Z][A-Z0-9_]+)=/gm)].map(([, name]) => name));
  expect([...read].filter((name) => !named.has(name))).toEqual([]);
  const set = Object.fromEntries(
    [...example.matchAll(/^([A-Z][A-Z0-9_]+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]),
  );
  expect(() => readEnv(set)).not.toThrow();
});

describe('the reader’s address', () => {
  const ask = (headers: Record<string, string>, trustProxy = false) =>
    originOf({ header: (name) => headers[name], trustProxy });

  it.each([
    [{ host: 'localhost:3000' }, 'http://localhost:3000'],
    [{ host: '192.168.1.5:3000' }, 'http://192.168.1.5:3000'],
    [{ host: '[::1]:3000' }, 'http://[::1]:3000'],
    [{ host: 'gateway.example:8080' }, 'http://gateway.example:8080'],
    [{ host: 'Gateway.Example' }, 'https://gateway.example'],
    [{}, 'http://localhost:3000'],
  ])('%o is %s', (headers, expected) => {
    expect(ask(headers)).toBe(expected);
  });

  it('is never what a caller claims a proxy said', () => {
    const headers = {
      host: 'gateway.example',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'http',
    };
    expect(ask(headers)).toBe('https://gateway.example');
    expect(ask(headers, true)).toBe('http://evil.example');
  });

  it.each(['$(rm -rf .)', 'a b', 'x;y', '"><script>', 'a/b', '-x', 'user@host', '`id`', "a'b"])(
    'is never %s',
    (host) => {
      expect(ask({ host })).toBe('http://localhost:3000');
      expect(ask({ host: 'ok.example', 'x-forwarded-host': host }, true)).toBe('https://ok.example');
    },
  );
});
