/** How programs are pointed at the gateway: SDKs in TypeScript and Python, each a program that runs as it stands. */
import { type Guide, MODELS, py, type Reader, SAY, ts } from './snippet';

function anthropic({ baseUrl, token }: Reader): Guide {
  return {
    id: 'anthropic-sdk',
    name: 'Anthropic SDK',
    short: `TypeScript \`baseURL: '${baseUrl}'\`, Python \`base_url="${baseUrl}"\`; \`${token}\` as API key`,
    lead: 'The base URL is the gateway’s root.',
    snippets: [
      ts({
        id: 'anthropic-ts',
        format: 'anthropic-messages',
        place: 'TypeScript, @anthropic-ai/sdk',
        text: [
          "import Anthropic from '@anthropic-ai/sdk';",
          '',
          'const client = new Anthropic({',
          `  baseURL: '${baseUrl}',`,
          `  apiKey: '${token}',`,
          '});',
          'const message = await client.messages.create({',
          `  model: '${MODELS.claude}',`,
          '  max_tokens: 64,',
          `  messages: [{ role: 'user', content: '${SAY}' }],`,
          '});',
          'console.log(message.content[0].text);',
        ],
      }),
      py({
        id: 'anthropic-py',
        format: 'anthropic-messages',
        place: 'Python, anthropic',
        text: [
          'from anthropic import Anthropic',
          '',
          `client = Anthropic(base_url="${baseUrl}", api_key="${token}")`,
          'message = client.messages.create(',
          `    model="${MODELS.claude}",`,
          '    max_tokens=64,',
          `    messages=[{"role": "user", "content": "${SAY}"}],`,
          ')',
          'print(message.content[0].text)',
        ],
      }),
    ],
    notes: [],
  };
}

function openai({ baseUrl, token }: Reader): Guide {
  return {
    id: 'openai-sdk',
    name: 'OpenAI SDK',
    short: `TypeScript \`baseURL: '${baseUrl}/v1'\`, Python \`base_url="${baseUrl}/v1"\`; \`${token}\` as API key`,
    lead: 'The base URL ends in `/v1`. Responses, Chat Completions and Embeddings.',
    snippets: [
      ts({
        id: 'openai-ts',
        format: 'openai-responses',
        place: 'TypeScript, openai',
        text: [
          "import OpenAI from 'openai';",
          '',
          'const client = new OpenAI({',
          `  baseURL: '${baseUrl}/v1',`,
          `  apiKey: '${token}',`,
          '});',
          'const response = await client.responses.create({',
          `  model: '${MODELS.responses}',`,
          `  input: '${SAY}',`,
          '});',
          'console.log(response.output_text);',
        ],
      }),
      ts({
        id: 'openai-chat-ts',
        format: 'openai-chat',
        place: 'TypeScript, openai, Chat Completions',
        text: [
          "import OpenAI from 'openai';",
          '',
          'const client = new OpenAI({',
          `  baseURL: '${baseUrl}/v1',`,
          `  apiKey: '${token}',`,
          '});',
          'const completion = await client.chat.completions.create({',
          `  model: '${MODELS.chat}',`,
          `  messages: [{ role: 'user', content: '${SAY}' }],`,
          '});',
          'console.log(completion.choices[0].message.content);',
        ],
      }),
      py({
        id: 'openai-py',
        format: 'openai-responses',
        place: 'Python, openai',
        text: [
          'from openai import OpenAI',
          '',
          `client = OpenAI(base_url="${baseUrl}/v1", api_key="${token}")`,
          `response = client.responses.create(model="${MODELS.responses}", input="${SAY}")`,
          'print(response.output_text)',
        ],
      }),
    ],
    notes: [],
  };
}

function google({ baseUrl, token }: Reader): Guide {
  return {
    id: 'google-sdk',
    name: 'Google Gen AI SDK',
    short: `TypeScript \`httpOptions: { baseUrl: '${baseUrl}' }\`, Python \`HttpOptions(base_url="${baseUrl}")\`; \`${token}\` as API key`,
    lead: 'The base URL is the gateway’s root.',
    snippets: [
      ts({
        id: 'google-ts',
        format: 'gemini',
        place: 'TypeScript, @google/genai',
        text: [
          "import { GoogleGenAI } from '@google/genai';",
          '',
          'const ai = new GoogleGenAI({',
          `  apiKey: '${token}',`,
          `  httpOptions: { baseUrl: '${baseUrl}' },`,
          '});',
          'const response = await ai.models.generateContent({',
          `  model: '${MODELS.gemini}',`,
          `  contents: '${SAY}',`,
          '});',
          'console.log(response.text);',
        ],
      }),
      py({
        id: 'google-py',
        format: 'gemini',
        place: 'Python, google-genai',
        text: [
          'from google import genai',
          'from google.genai import types',
          '',
          'client = genai.Client(',
          `    api_key="${token}",`,
          `    http_options=types.HttpOptions(base_url="${baseUrl}"),`,
          ')',
          'response = client.models.generate_content(',
          `    model="${MODELS.gemini}",`,
          `    contents="${SAY}",`,
          ')',
          'print(response.text)',
        ],
      }),
    ],
    notes: [],
  };
}

function bedrock({ baseUrl, token }: Reader): Guide {
  return {
    id: 'bedrock-sdk',
    name: 'Amazon Bedrock SDKs',
    short: `endpoint \`${baseUrl}/bedrock\`, and \`${token}\` as bearer token`,
    lead: 'The endpoint is `/bedrock`; the gateway token takes the place of a Bedrock API key.',
    snippets: [
      ts({
        id: 'bedrock-ts',
        format: 'bedrock',
        place: 'TypeScript, @aws-sdk/client-bedrock-runtime',
        text: [
          "import { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime';",
          "import { NodeHttpHandler } from '@smithy/node-http-handler';",
          '',
          'const client = new BedrockRuntimeClient({',
          "  region: 'us-east-1',",
          `  endpoint: '${baseUrl}/bedrock',`,
          `  token: { token: '${token}' },`,
          "  authSchemePreference: ['httpBearerAuth'],",
          '  requestHandler: new NodeHttpHandler(),',
          '});',
          'const answer = await client.send(',
          '  new ConverseCommand({',
          `    modelId: '${MODELS.bedrock}',`,
          `    messages: [{ role: 'user', content: [{ text: '${SAY}' }] }],`,
          '  }),',
          ');',
          'console.log(answer.output.message.content[0].text);',
        ],
      }),
      ts({
        id: 'bedrock-anthropic-ts',
        format: 'bedrock',
        place: 'TypeScript, @anthropic-ai/bedrock-sdk',
        text: [
          "import AnthropicBedrock from '@anthropic-ai/bedrock-sdk';",
          '',
          'const client = new AnthropicBedrock({',
          "  awsRegion: 'us-east-1',",
          `  baseURL: '${baseUrl}/bedrock',`,
          `  apiKey: '${token}',`,
          '});',
          'const message = await client.messages.create({',
          `  model: '${MODELS.bedrock}',`,
          '  max_tokens: 64,',
          `  messages: [{ role: 'user', content: '${SAY}' }],`,
          '});',
          'console.log(message.content[0].text);',
        ],
      }),
      py({
        id: 'bedrock-py',
        format: 'bedrock',
        place: 'Python, boto3',
        text: [
          'import os',
          '',
          'import boto3',
          '',
          `os.environ["AWS_BEARER_TOKEN_BEDROCK"] = "${token}"`,
          'client = boto3.client(',
          '    "bedrock-runtime",',
          '    region_name="us-east-1",',
          `    endpoint_url="${baseUrl}/bedrock",`,
          ')',
          'answer = client.converse(',
          `    modelId="${MODELS.bedrock}",`,
          `    messages=[{"role": "user", "content": [{"text": "${SAY}"}]}],`,
          ')',
          'print(answer["output"]["message"]["content"][0]["text"])',
        ],
      }),
    ],
    notes: [
      'SDKs that only sign (SigV4) take the gateway token as access key id and as secret access key.',
      'AWS’s SDK for JavaScript speaks HTTP/2 by itself; `NodeHttpHandler` makes it speak HTTP/1.1, which every gateway in front of a model understands.',
    ],
  };
}

export const sdkGuides = (reader: Reader): readonly Guide[] => [
  anthropic(reader),
  openai(reader),
  google(reader),
  bedrock(reader),
];
