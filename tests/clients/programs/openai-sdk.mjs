/** A user's program over `openai`: one act with it, in either of its lines. */
import { job, load, note, report } from './report.mjs';

const { default: OpenAI } = await load(job.line ?? 'openai');
const client = new OpenAI({ baseURL: `${job.url}${job.base ?? '/v1'}`, apiKey: job.token, ...job.options });

const { model, prompt = 'say hi' } = job;
const chat = { model, messages: [{ role: 'user', content: prompt }], ...job.params };
const responses = { model, input: prompt, ...job.params };

const ofChat = (answer) => ({
  text: answer.choices[0]?.message.content,
  stop: answer.choices[0]?.finish_reason,
  toolCalls: answer.choices[0]?.message.tool_calls,
  usage: answer.usage,
  id: answer.id,
  requestId: answer._request_id,
});

const ofResponse = (answer) => ({
  text: answer.output_text,
  stop: answer.status,
  usage: answer.usage,
  id: answer.id,
  requestId: answer._request_id,
});

await report({
  chat: async () => ofChat(await client.chat.completions.create(chat)),
  async 'chat-stream'() {
    const stops = [];
    const seen = { text: '', usage: undefined, chunks: 0, empty: 0 };
    for await (const chunk of await client.chat.completions.create({ ...chat, stream: true })) {
      const [choice] = chunk.choices;
      seen.chunks += 1;
      if (choice === undefined) seen.empty += 1;
      if (choice?.finish_reason) stops.push(choice.finish_reason);
      seen.text = note(choice?.delta.content);
      seen.usage = chunk.usage ?? seen.usage;
    }
    return { ...seen, stop: stops.join() };
  },
  async 'chat-helper'() {
    // The older line has it under `beta`.
    const { completions } = client.chat.completions.stream === undefined ? client.beta.chat : client.chat;
    const stream = completions.stream(chat);
    stream.on('content', note);
    return ofChat(await stream.finalChatCompletion());
  },
  responses: async () => ofResponse(await client.responses.create(responses)),
  async 'responses-stream'() {
    const events = [];
    let answer = {};
    for await (const event of await client.responses.create({ ...responses, stream: true })) {
      if (events.at(-1) !== event.type) events.push(event.type);
      if (event.type === 'response.output_text.delta') note(event.delta);
      if (event.response !== undefined) answer = event.response;
    }
    return { text: note(''), stop: answer.status, usage: answer.usage, id: answer.id, events };
  },
  async 'responses-helper'() {
    const stream = client.responses.stream(responses);
    stream.on('response.output_text.delta', ({ delta }) => note(delta));
    // The older line's final response has no `output_text`.
    return { ...ofResponse(await stream.finalResponse()), text: note('') };
  },
  async embeddings() {
    const answer = await client.embeddings.create({ model, input: prompt, ...job.params });
    return { vectors: answer.data.map(({ embedding }) => embedding), usage: answer.usage };
  },
  async models() {
    const ids = [];
    for await (const { id } of client.models.list()) ids.push(id);
    return { ids };
  },
  retrieve: () => client.models.retrieve(model),
});
