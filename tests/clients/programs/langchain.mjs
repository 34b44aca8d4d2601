/** A user's program over LangChain: one act with one of its chat models. */
import { job, load, note, report } from './report.mjs';

const at = (base) => `${job.url}${job.base ?? base}`;
const { token: apiKey, model, prompt = 'say hi' } = job;
const common = { model, apiKey, ...job.options };

const openAi = async (useResponsesApi) => {
  const { ChatOpenAI } = await load('@langchain/openai');
  return new ChatOpenAI({ useResponsesApi, configuration: { baseURL: at('/v1') }, ...common });
};

const CHATS = {
  async anthropic() {
    const { ChatAnthropic } = await load('@langchain/anthropic');
    return new ChatAnthropic({ anthropicApiUrl: at(''), ...common });
  },
  openai: () => openAi(false),
  'openai-responses': () => openAi(true),
  async google() {
    const { ChatGoogleGenerativeAI } = await load('@langchain/google-genai');
    return new ChatGoogleGenerativeAI({ baseUrl: at(''), ...common });
  },
};

const EMBEDDINGS = {
  async openai() {
    const { OpenAIEmbeddings } = await load('@langchain/openai');
    return new OpenAIEmbeddings({ configuration: { baseURL: at('/v1') }, ...common });
  },
  async google() {
    const { GoogleGenerativeAIEmbeddings } = await load('@langchain/google-genai');
    return new GoogleGenerativeAIEmbeddings({ baseUrl: at(''), ...common });
  },
};

const ofMessage = (message) => ({
  text: message.text,
  usage: message.usage_metadata,
  metadata: message.response_metadata,
});

await report({
  invoke: async () => ofMessage(await (await CHATS[job.provider]()).invoke(prompt, job.params)),
  async stream() {
    const chat = await CHATS[job.provider]();
    let whole;
    for await (const chunk of await chat.stream(prompt, job.params)) {
      note(chunk.text);
      whole = whole === undefined ? chunk : whole.concat(chunk);
    }
    return { ...ofMessage(whole), text: note('') };
  },
  async embed() {
    const embeddings = await EMBEDDINGS[job.provider]();
    return { vectors: await embeddings.embedDocuments([prompt]) };
  },
});
