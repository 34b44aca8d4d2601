/** How frameworks over several providers are pointed at the gateway: the AI SDK and LangChain. */
import { type Guide, MODELS, py, type Reader, SAY, ts } from './snippet';

function aiSdk({ baseUrl, token }: Reader): Guide {
  const make = (name: string, variable: string, path: string) => [
    `const ${variable} = ${name}({`,
    `  baseURL: '${baseUrl}${path}',`,
    `  apiKey: '${token}',`,
    '});',
  ];
  const ask = (model: string) => [
    'const { text } = await generateText({',
    `  model: ${model},`,
    `  prompt: '${SAY}',`,
    '});',
    'console.log(text);',
  ];
  const one = (id: string, format: string, name: string, pack: string, path: string, model: string) =>
    ts({
      id,
      format,
      place: `TypeScript, ai and ${pack}`,
      text: [
        `import { ${name} } from '${pack}';`,
        "import { generateText } from 'ai';",
        '',
        ...make(name, 'provider', path),
        ...ask(`provider('${model}')`),
      ],
    });
  return {
    id: 'ai-sdk',
    name: 'Vercel AI SDK',
    short: `\`createAnthropic({ baseURL: '${baseUrl}/v1', apiKey: '${token}' })\`, and so on`,
    lead: 'Each provider’s factory takes a base URL: with `/v1`, Google’s with `/v1beta`.',
    snippets: [
      one(
        'ai-sdk-anthropic',
        'anthropic-messages',
        'createAnthropic',
        '@ai-sdk/anthropic',
        '/v1',
        MODELS.claude,
      ),
      one('ai-sdk-openai', 'openai-responses', 'createOpenAI', '@ai-sdk/openai', '/v1', MODELS.responses),
      one('ai-sdk-google', 'gemini', 'createGoogleGenerativeAI', '@ai-sdk/google', '/v1beta', MODELS.gemini),
    ],
    notes: ['`createOpenAICompatible` and `createAmazonBedrock` work as well, with `/v1` and `/bedrock`.'],
  };
}

function langchain({ baseUrl, token }: Reader): Guide {
  const invoke = [`const answer = await model.invoke('${SAY}');`, 'console.log(answer.content);'];
  return {
    id: 'langchain',
    name: 'LangChain',
    short: `\`anthropicApiUrl: '${baseUrl}'\`, \`configuration: { baseURL: '${baseUrl}/v1' }\`, or \`base_url\` in Python`,
    lead: 'Each model class has its own name for the base URL.',
    snippets: [
      ts({
        id: 'langchain-anthropic-ts',
        format: 'anthropic-messages',
        place: 'TypeScript, @langchain/anthropic',
        text: [
          "import { ChatAnthropic } from '@langchain/anthropic';",
          '',
          'const model = new ChatAnthropic({',
          `  model: '${MODELS.claude}',`,
          `  apiKey: '${token}',`,
          `  anthropicApiUrl: '${baseUrl}',`,
          '});',
          ...invoke,
        ],
      }),
      ts({
        id: 'langchain-openai-ts',
        format: 'openai-chat',
        place: 'TypeScript, @langchain/openai',
        text: [
          "import { ChatOpenAI } from '@langchain/openai';",
          '',
          'const model = new ChatOpenAI({',
          `  model: '${MODELS.chat}',`,
          `  apiKey: '${token}',`,
          `  configuration: { baseURL: '${baseUrl}/v1' },`,
          '});',
          ...invoke,
        ],
      }),
      ts({
        id: 'langchain-google-ts',
        format: 'gemini',
        place: 'TypeScript, @langchain/google-genai',
        text: [
          "import { ChatGoogleGenerativeAI } from '@langchain/google-genai';",
          '',
          'const model = new ChatGoogleGenerativeAI({',
          `  model: '${MODELS.gemini}',`,
          `  apiKey: '${token}',`,
          `  baseUrl: '${baseUrl}',`,
          '});',
          ...invoke,
        ],
      }),
      py({
        id: 'langchain-py',
        format: 'anthropic-messages',
        place: 'Python, langchain-anthropic',
        text: [
          'from langchain_anthropic import ChatAnthropic',
          '',
          'model = ChatAnthropic(',
          `    model="${MODELS.claude}",`,
          `    api_key="${token}",`,
          `    base_url="${baseUrl}",`,
          ')',
          `print(model.invoke("${SAY}").content)`,
        ],
      }),
    ],
    notes: [],
  };
}

export const frameworkGuides = (reader: Reader): readonly Guide[] => [aiSdk(reader), langchain(reader)];
