/** Small pieces of calls and answers that several contract suites use. */
import Anthropic from '@anthropic-ai/sdk';
import { expect } from 'vitest';
import type { Customer, GatewayVerbs } from '@/tests/support/gateway-verbs';
import { callBody, type Rig, SMALL_CALL } from '@/tests/support/mounts';
import type { Behaviour } from '@/tests/support/upstream-answer';

/** A whole answer that reports these figures, and any further usage fields. */
export const reporting = (
  input_tokens: number,
  output_tokens: number,
  more: Readonly<Record<string, unknown>> = {},
): Behaviour => ({
  body: JSON.stringify({
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: SMALL_CALL.model,
    content: [{ type: 'text', text: 'Hello.' }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens, output_tokens, ...more },
  }),
});

/** Tokens and nano-USD a customer's running calls hold right now, as the operator sees them. */
export async function heldOf(gateway: GatewayVerbs, { user }: Customer): Promise<[number, number]> {
  const { body } = await gateway.admin('GET', `/api/admin/users/${user}/usage`);
  const { tokens, cost } = body['month'] as { tokens: { held: number }; cost: { held_nano_usd: number } };
  return [tokens.held, cost.held_nano_usd];
}

/** What the SDK throws with its default retries (or fewer), and how many requests it made. */
export async function sdkError(
  baseURL: string,
  apiKey: string,
  call: Readonly<Record<string, unknown>> = {},
  maxRetries = 2,
): Promise<{ error: Error; requests: number }> {
  let requests = 0;
  const client = new Anthropic({
    baseURL,
    apiKey,
    maxRetries,
    fetch: (...args) => {
      requests += 1;
      return fetch(...args);
    },
  });
  const body = JSON.parse(callBody(call)) as Anthropic.MessageCreateParamsNonStreaming;
  try {
    await client.messages.create(body);
  } catch (error) {
    return { error: error as Error, requests };
  }
  throw new Error('the call was not refused');
}

/** Expects the native 401 with this text, and that nothing went upstream. */
export async function expectUnauthenticated(
  rig: Rig,
  headers: Readonly<Record<string, string>>,
  message: string,
): Promise<void> {
  const seen = rig.anthropic.requests.length;
  const answer = await rig.ask({ headers });
  expect(answer.json()).toEqual({
    type: 'error',
    error: { type: 'authentication_error', message },
    request_id: answer.headers['x-request-id'],
  });
  expect([answer.status, answer.headers['x-should-retry']]).toEqual([401, 'false']);
  expect(rig.anthropic.requests).toHaveLength(seen);
}

/** The text itself; `…` in it stands for what differs from call to call. */
export function matching(text: string): string {
  const [head = '', tail] = text
    .split('…')
    .map((part) => part.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`));
  return tail === undefined ? text : (expect.stringMatching(new RegExp(`^${head}[^·]*${tail}$`)) as string);
}

/** A call that succeeds, and whose row is settled when this resolves; the upstream answers natively again. */
export async function settledAsk(rig: Rig, { token }: Customer): Promise<void> {
  const answer = await rig.ask({ token });
  expect(answer.status).toBe(200);
  await rig.gateway.settledRow(answer.headers['x-request-id'] ?? '');
  rig.anthropic.script();
}
