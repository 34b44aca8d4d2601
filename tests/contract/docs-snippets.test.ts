/** The connection guide's shell lines do what they say, run by sh against a gateway in sandbox mode. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { curlLine } from '@/app/docs/api/curl-line';
import { createDocument } from '@/lib/api/openapi';
import { SOME_TOKEN } from '@/lib/docs/snippet';
import { snippetsOf } from '@/lib/docs/snippets';
import { servedPaths } from '@/lib/gateway/routes';
import { FORMATS } from '@/lib/wire/registry';
import { startGateway, type TestGateway } from '@/tests/support/gateway';
import { ADMIN_TOKEN, CRON_SECRET } from '@/tests/support/gateway-verbs';
import { runShell, snippet } from '@/tests/support/snippets';

let gateway: TestGateway;
let token: string;
let bin: string;
beforeAll(async () => {
  gateway = await startGateway();
  ({ token } = await gateway.customer({ plan: {} }));
  bin = mkdtempSync(path.join(tmpdir(), 'tollgate-bin-'));
});
afterAll(async () => {
  await gateway.stop();
  rmSync(bin, { recursive: true, force: true });
});

/** Refusals fail the line, and what curl says of its progress is nobody's. */
const QUIETLY = 'curl() { command curl -sS --fail-with-body "$@"; }\n';

const reader = () => ({ baseUrl: gateway.url, token, sandbox: true });
const operator = () => ({
  TOLLGATE_ADMIN_TOKEN: ADMIN_TOKEN,
  PATH: `${bin}${path.delimiter}${process.env['PATH'] ?? ''}`,
});

/** A `fly` that keeps what it is told. */
function standInForFly(): () => string {
  const said = path.join(bin, 'said');
  writeFileSync(path.join(bin, 'fly'), `#!/bin/sh\necho "$@" >> ${said}\n`);
  chmodSync(path.join(bin, 'fly'), 0o755);
  return () => readFileSync(said, 'utf8');
}

describe('each line of curl', () => {
  const lines = snippetsOf({ baseUrl: 'http://gateway', token: SOME_TOKEN }).filter(({ id }) =>
    id.startsWith('curl-'),
  );

  it.concurrent.each(lines.map(({ id }) => ({ id })))('$id answers', async ({ id }) => {
    const { code, stdout, stderr } = await runShell(QUIETLY + snippet(id, reader()).text);
    expect({ id, code, stderr, stdout: code === 0 ? '' : stdout }).toEqual({
      id,
      code: 0,
      stderr: '',
      stdout: '',
    });
    if (id.endsWith('-stream')) expect(stdout).toMatch(/event: message_stop/);
    else expect(JSON.parse(stdout)).toBeTypeOf('object');
  });
});

/** Refusals that a line would get for being wrong itself. */
const OWN_FAULT = [
  'body_invalid',
  'unauthenticated',
  'route_unknown',
  'method_not_allowed',
  'not_configured',
];

test('each line of curl on the API page is a request that the management API understands', async () => {
  const document = createDocument(FORMATS, servedPaths(FORMATS))(gateway.url);
  const env = { ...operator(), CRON_SECRET };
  for (const [place, item] of Object.entries(document.paths)) {
    if (!/^\/api\/(admin|cron)/.test(place)) continue;
    for (const [method, operation] of Object.entries(item)) {
      const line = curlLine(gateway.url, method, place, operation);
      const { code, stdout } = await runShell(line.replace(/^curl /, 'curl -sS '), env);
      const { error } = JSON.parse(stdout) as { error?: { code: string; message: string } };
      expect({ line, code, error: OWN_FAULT.includes(error?.code ?? '') ? error : null }).toEqual({
        line,
        code: 0,
        error: null,
      });
    }
  }
});

test('the provisioning lines make a customer and a token that works, and hand it to fly alone', async () => {
  const said = standInForFly();
  const run = await runShell(snippet('fly-provision-script', reader()).text, operator());
  expect({ code: run.code, stderr: run.stderr }).toEqual({ code: 0, stderr: '' });
  const fresh = /^secrets set CLAWROUTER_API_KEY=(tg_\w+) --app openclaw-acme$/m.exec(said())?.[1] ?? '';
  expect(run.stdout).not.toContain('tg_');
  const answer = await fetch(`${gateway.url}/v1/catalog`, { headers: { authorization: `Bearer ${fresh}` } });
  expect(answer.status).toBe(200);
  await answer.arrayBuffer();

  const calls = await runShell(snippet('fly-watch', reader()).text, operator());
  expect(JSON.parse(calls.stdout)).toEqual({ data: [], next_cursor: null, has_more: false });
  const { data } = (await gateway.admin('GET', '/api/admin/tokens?user=acme')).body as {
    data: readonly Record<string, unknown>[];
  };
  expect(data).toMatchObject([{ name: 'openclaw-acme', agent: 'openclaw', may_attribute: true }]);

  const finish = await runShell(snippet('fly-finish', reader()).text, operator());
  expect(finish.code).toBe(0);
  expect(said()).toMatch(
    /^secrets unset ANTHROPIC_API_KEY OPENAI_API_KEY GEMINI_API_KEY --app openclaw-acme$/m,
  );
});
