/** A user's program over `@google/generative-ai`, which many still use: one act with it. */
import { job, load, note, report } from './report.mjs';

const { GoogleGenerativeAI } = await load('@google/generative-ai');
const model = new GoogleGenerativeAI(job.token).getGenerativeModel(
  { model: job.model, ...job.params },
  { baseUrl: `${job.url}${job.base ?? ''}`, ...job.options },
);

const prompt = job.prompt ?? 'say hi';
const ofAnswer = (answer) => ({
  text: answer.text(),
  stop: answer.candidates?.[0]?.finishReason,
  usage: answer.usageMetadata,
});

await report({
  generate: async () => ofAnswer((await model.generateContent(prompt)).response),
  async stream() {
    const { stream, response } = await model.generateContentStream(prompt);
    // A stream that breaks rejects both; only one of them is read at a time.
    response.catch(() => undefined);
    let chunks = 0;
    for await (const chunk of stream) {
      chunks += 1;
      note(chunk.text());
    }
    return { ...ofAnswer(await response), chunks };
  },
  count: async () => ({ usage: await model.countTokens(prompt) }),
  async embed() {
    const { embedding } = await model.embedContent(prompt);
    return { vectors: [embedding.values] };
  },
  async 'embed-batch'() {
    const content = { role: 'user', parts: [{ text: prompt }] };
    const { embeddings } = await model.batchEmbedContents({ requests: [{ content }, { content }] });
    return { vectors: embeddings.map(({ values }) => values) };
  },
});
