/** A user's program over what `openai` can do with answers that the API keeps. */
import { job, load, report } from './report.mjs';

const { default: OpenAI } = await load(job.line ?? 'openai');
const client = new OpenAI({ baseURL: `${job.url}/v1`, apiKey: job.token, maxRetries: 0, ...job.options });
const { model, prompt = 'say hi' } = job;
const create = (more) => client.responses.create({ model, input: prompt, ...job.params, ...more });

/** The name of the error's class, its status and its code. */
const failure = async (work) => {
  try {
    await work;
  } catch (error) {
    return [error.constructor.name, error.status, error.code];
  }
  return null;
};

await report({
  async life() {
    const first = await create();
    const next = await create({ input: 'go on', previous_response_id: first.id });
    const again = await client.responses.retrieve(next.id);
    const items = [];
    for await (const item of client.responses.inputItems.list(next.id)) items.push(item.type);
    const events = [];
    for await (const event of await client.responses.retrieve(next.id, { stream: true }))
      events.push(event.type);
    const counted = await client.responses.inputTokens.count({ model, input: prompt });
    const compacted = await client.responses.compact({ model, input: prompt });
    await client.responses.delete(first.id);
    const gone = await failure(client.responses.retrieve(first.id));
    return {
      same: again.output_text === next.output_text,
      chained: again.previous_response_id === first.id,
      items,
      lastEvent: events.at(-1),
      counted: counted.input_tokens,
      compacted: compacted.object,
      gone,
    };
  },
  async background() {
    const answer = await create({ background: true });
    const early = await failure(client.responses.delete(answer.id));
    let seen = answer;
    while (seen.status === 'queued' || seen.status === 'in_progress')
      seen = await client.responses.retrieve(answer.id);
    return { id: answer.id, first: answer.status, last: seen.status, early, requestId: answer._request_id };
  },
  async cancel() {
    const stream = await create({ background: true, stream: true, input: '40 words' });
    for await (const event of stream) {
      if (event.type !== 'response.created') continue;
      const { id } = event.response;
      stream.controller.abort();
      return { id, status: (await client.responses.cancel(id)).status };
    }
    return null;
  },
  async foreign() {
    const { id } = job;
    return {
      retrieve: await failure(client.responses.retrieve(id)),
      cancel: await failure(client.responses.cancel(id)),
      delete: await failure(client.responses.delete(id)),
      previous: await failure(create({ previous_response_id: id })),
    };
  },
});
