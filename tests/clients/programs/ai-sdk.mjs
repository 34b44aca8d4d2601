/** A user's program over the AI SDK (`ai`): one act with one of its providers. */
import { job, load, note, report } from './report.mjs';

const at = (base) => `${job.url}${job.base ?? base}`;
const apiKey = job.token;
const common = job.options ?? {};

const PROVIDERS = {
  async anthropic() {
    const { createAnthropic } = await load('@ai-sdk/anthropic');
    return createAnthropic({ baseURL: at('/v1'), apiKey, ...common });
  },
  async openai() {
    const { createOpenAI } = await load('@ai-sdk/openai');
    return createOpenAI({ baseURL: at('/v1'), apiKey, ...common });
  },
  async 'openai-chat'() {
    const provider = await PROVIDERS.openai();
    return Object.assign((model) => provider.chat(model), provider);
  },
  async google() {
    const { createGoogleGenerativeAI } = await load('@ai-sdk/google');
    return createGoogleGenerativeAI({ baseURL: at('/v1beta'), apiKey, ...common });
  },
  async 'openai-compatible'() {
    const { createOpenAICompatible } = await load('@ai-sdk/openai-compatible');
    return createOpenAICompatible({ name: 'gateway', baseURL: at('/v1'), apiKey, ...common });
  },
  async 'amazon-bedrock'() {
    const { createAmazonBedrock } = await load('@ai-sdk/amazon-bedrock');
    return createAmazonBedrock({ baseURL: at('/bedrock'), region: 'us-east-1', apiKey, ...common });
  },
};

const ai = await load('ai');
const provider = await PROVIDERS[job.provider]();
const { model, prompt = 'say hi' } = job;
const call = () => ({ model: provider(model), prompt, ...job.params });

await report({
  async generate() {
    const { text, finishReason, usage } = await ai.generateText(call());
    return { text, stop: finishReason, usage };
  },
  async stream() {
    // The SDK hands errors to a callback and ends the text; a program that cares throws them.
    let failure = null;
    const answer = ai.streamText({ ...call(), onError: ({ error }) => (failure = error) });
    for await (const piece of answer.textStream) note(piece);
    if (failure !== null) throw failure;
    return { text: note(''), stop: await answer.finishReason, usage: await answer.usage };
  },
  async embed() {
    const { embedding, usage } = await ai.embed({
      model: (provider.embeddingModel ?? provider.textEmbeddingModel)(model),
      value: prompt,
      ...job.params,
    });
    return { vectors: [embedding], usage };
  },
});
