/** A user's program over `@mariozechner/pi-ai`: one act with one of its four wire formats. */
import { job, load, note, report } from './report.mjs';

const BASES = {
  'anthropic-messages': '',
  'openai-completions': '/v1',
  'openai-responses': '/v1',
  'google-generative-ai': '/v1beta',
};

const { complete, stream } = await load('@mariozechner/pi-ai');
const model = {
  id: job.model,
  name: job.model,
  api: job.api,
  provider: 'gw',
  baseUrl: `${job.url}${job.base ?? BASES[job.api]}`,
  reasoning: false,
  input: ['text'],
  cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
  contextWindow: 200_000,
  maxTokens: 32_000,
};
const context = {
  messages: [{ role: 'user', content: job.prompt ?? 'say hi', timestamp: Date.now() }],
  ...job.params,
};
const options = { apiKey: job.token, ...job.options };

/** It never throws for an answer: failures are a stop reason. */
function ofMessage(message) {
  if (message.stopReason === 'error') throw new Error(message.errorMessage);
  const text = message.content.map((block) => block.text ?? '').join('');
  return { text, stop: message.stopReason, usage: message.usage };
}

await report({
  complete: async () => ofMessage(await complete(model, context, options)),
  async stream() {
    const answer = stream(model, context, options);
    for await (const event of answer) if (event.type === 'text_delta') note(event.delta);
    return ofMessage(await answer.result());
  },
});
