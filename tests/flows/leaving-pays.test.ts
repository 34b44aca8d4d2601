/** A caller who leaves before the figures come leaves no bill behind, whatever the format. */
import { expect, describe, it } from 'vitest';
import { startGateway } from '@/tests/support/gateway';
import { useRig } from '@/tests/support/mounts';
import type { OpenAnswer, RawRequest } from '@/tests/support/raw-http';
import { createStepper, type Behaviour } from '@/tests/support/upstream-answer';

const SSE = { 'content-type': 'text/event-stream' };
const JSON_TYPE = { 'content-type': 'application/json' };
const PLAN = { monthly_cost_cents: 100_000 };
/** Tokens of hidden reasoning in the recordings these answers are made after. */
const REASONING = 20_000;
const OUTPUT = REASONING + 5;

const rig = useRig({ name: 'self-hosted', start: startGateway }, { openai: {} });

const event = (data: object, name?: string) =>
  `${name === undefined ? '' : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`;

/** Asks, reads until `seen` has come while the upstream is let write so many pieces, leaves, and lets it finish. */
async function leaveAfter(
  pieces: number,
  seen: string,
  request: Pick<RawRequest, 'path'> & { body: object },
  behaviour: Behaviour,
) {
  const { token } = await rig.gateway.customer({ plan: PLAN });
  const stepper = createStepper();
  rig.openai.script({ ...behaviour, stepper });
  const headers = { ...JSON_TYPE, authorization: `Bearer ${token}` };
  const opening = rig.open({ method: 'POST', ...request, headers, body: JSON.stringify(request.body) });
  for (let step = 0; step < pieces; step += 1) await stepper.step();
  const answer = await opening;
  await readUntil(answer, seen);
  answer.leave();
  stepper.runOn();
  return rig.gateway.settledRow(answer.headers['x-request-id'] ?? '');
}

async function readUntil(answer: OpenAnswer, seen: string): Promise<void> {
  let text = '';
  while (!text.includes(seen)) {
    const piece = await answer.next();
    if (piece === null) throw new Error(`the answer ended before ${seen}`);
    text += piece.toString();
  }
}

describe('leaving between the end of an answer and its figures', () => {
  it('of a chat stream is billed with its hidden reasoning', async () => {
    const chunk = { id: 'c', object: 'chat.completion.chunk', model: 'gpt-5.1' };
    const usage = {
      prompt_tokens: 12,
      completion_tokens: OUTPUT,
      total_tokens: OUTPUT + 12,
      completion_tokens_details: { reasoning_tokens: REASONING },
    };
    const row = await leaveAfter(
      2,
      'finish_reason":"stop',
      {
        path: '/v1/chat/completions',
        body: { model: 'gpt-5.1', stream: true, messages: [{ role: 'user', content: 'hard' }] },
      },
      {
        headers: SSE,
        body: [
          event({ ...chunk, choices: [{ index: 0, delta: { content: 'It is 42.' } }] }),
          event({ ...chunk, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }),
          event({ ...chunk, choices: [], usage }),
          'data: [DONE]\n\n',
        ],
      },
    );
    expect(row).toMatchObject({ input_tokens: 12, output_tokens: OUTPUT, reasoning_tokens: REASONING });
    expect(['exact', 'drained']).toContain(row['grade']);
  });

  it('of a Responses stream is billed with its hidden reasoning', async () => {
    const response = { id: 'resp_r', object: 'response', model: 'gpt-5.1' };
    const usage = {
      input_tokens: 12,
      output_tokens: OUTPUT,
      output_tokens_details: { reasoning_tokens: REASONING },
    };
    const named = (data: { type: string } & Record<string, unknown>) => event(data, data.type);
    const row = await leaveAfter(
      3,
      'output_text.done',
      { path: '/v1/responses', body: { model: 'gpt-5.1', input: 'hard', stream: true } },
      {
        headers: SSE,
        body: [
          named({ type: 'response.created', response: { ...response, status: 'in_progress' } }),
          named({ type: 'response.output_text.delta', delta: 'It is 42.' }),
          named({ type: 'response.output_text.done', text: 'It is 42.' }),
          named({
            type: 'response.completed',
            response: { ...response, status: 'completed', output: [], usage },
          }),
        ],
      },
    );
    expect(row).toMatchObject({ input_tokens: 12, output_tokens: OUTPUT, reasoning_tokens: REASONING });
  });
});

describe('a whole answer', () => {
  const usage = { prompt_tokens: 10, completion_tokens: 9_000, total_tokens: 9_010 };
  const message = { role: 'assistant', content: 'word '.repeat(9_000) };
  const answer = JSON.stringify({
    id: 'x',
    object: 'chat.completion',
    model: 'gpt-4o',
    choices: [{ index: 0, message, finish_reason: 'stop' }],
    usage,
  });
  const request = {
    path: '/v1/chat/completions',
    body: { model: 'gpt-4o', messages: [{ role: 'user', content: 'write' }] },
  };
  const cut = answer.length - 120;

  it('is billed in full to a caller who had its text and left before its tail', async () => {
    const row = await leaveAfter(1, 'word word', request, {
      headers: JSON_TYPE,
      body: [answer.slice(0, cut), answer.slice(cut)],
    });
    expect(row).toMatchObject({ input_tokens: 10, output_tokens: 9_000 });
  });

  it('that breaks off before its figures is billed by what came of it', async () => {
    const { token } = await rig.gateway.customer({ plan: PLAN });
    rig.openai.script({ headers: JSON_TYPE, body: answer.slice(0, cut), end: 'reset' });
    const opened = await rig.open({
      method: 'POST',
      path: request.path,
      headers: { ...JSON_TYPE, authorization: `Bearer ${token}` },
      body: JSON.stringify(request.body),
    });
    const row = await rig.gateway.settledRow(opened.headers['x-request-id'] ?? '');
    expect(row).toMatchObject({ ending: 'broken', grade: 'estimated' });
    expect(Number(row['output_tokens'])).toBeGreaterThan(5_000);
  });

  it.each([204, 302])('that is none (%i) ends broken and costs nothing', async (status) => {
    const { token } = await rig.gateway.customer({ plan: PLAN });
    rig.openai.script({ status, headers: JSON_TYPE, body: '' });
    const opened = await rig.open({
      method: 'POST',
      path: request.path,
      headers: { ...JSON_TYPE, authorization: `Bearer ${token}` },
      body: JSON.stringify(request.body),
    });
    const row = await rig.gateway.settledRow(opened.headers['x-request-id'] ?? '');
    expect(row).toMatchObject({ ending: 'broken', cost_nano_usd: 0, counted_tokens: 0 });
  });
});
