/** A user's program over `@google/genai`: one act with it, in either of its lines; `options.vertexai` speaks Vertex's paths. */
import { job, load, note, report } from './report.mjs';

const { GoogleGenAI } = await load(job.line ?? '@google/genai');
const client = new GoogleGenAI({
  apiKey: job.token,
  httpOptions: { baseUrl: `${job.url}${job.base ?? ''}` },
  ...job.options,
});

const call = { model: job.model, contents: job.prompt ?? 'say hi', ...job.params };
const ofAnswer = (answer) => ({
  text: answer.text,
  stop: answer.candidates?.[0]?.finishReason,
  usage: answer.usageMetadata,
  modelVersion: answer.modelVersion,
});

await report({
  generate: async () => ofAnswer(await client.models.generateContent(call)),
  async stream() {
    let last = {};
    let chunks = 0;
    for await (const chunk of await client.models.generateContentStream(call)) {
      chunks += 1;
      note(chunk.text);
      last = chunk;
    }
    return { ...ofAnswer(last), text: note(''), chunks };
  },
  count: async () => ({ usage: await client.models.countTokens(call) }),
  async embed() {
    const { embeddings = [] } = await client.models.embedContent(call);
    return { vectors: embeddings.map(({ values }) => values) };
  },
  async models() {
    const ids = [];
    for await (const { name } of await client.models.list()) ids.push(name);
    return { ids };
  },
  retrieve: () => client.models.get({ model: job.model }),
});
