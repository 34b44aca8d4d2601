/** A user's program over the two SDKs for Bedrock, with the token as bearer or as both halves of a SigV4 key: one act. */
import { job, load, note, report } from './report.mjs';

const endpoint = `${job.url}${job.base ?? '/bedrock'}`;
const region = 'us-east-1';
const { token, model: modelId, prompt = 'say hi' } = job;
const sigV4 = job.auth === 'sigv4';

/** AWS's own. With `options.http2` it keeps the default, HTTP/2, which needs a TLS front that speaks it. */
async function aws() {
  const sdk = await load('@aws-sdk/client-bedrock-runtime');
  const { NodeHttpHandler } = await load('@smithy/node-http-handler');
  const { http2 = false, ...options } = job.options ?? {};
  const client = new sdk.BedrockRuntimeClient({
    endpoint,
    region,
    ...(sigV4
      ? {
          credentials: { accessKeyId: token, secretAccessKey: token },
          authSchemePreference: ['aws.auth#sigv4'],
        }
      : { token: { token }, authSchemePreference: ['httpBearerAuth'] }),
    ...(http2 ? {} : { requestHandler: new NodeHttpHandler() }),
    ...options,
  });
  return { sdk, client };
}

const conversation = { modelId, messages: [{ role: 'user', content: [{ text: prompt }] }], ...job.params };
const invocation = {
  modelId,
  contentType: 'application/json',
  body: JSON.stringify({
    anthropic_version: 'bedrock-2023-05-31',
    max_tokens: 100,
    messages: [{ role: 'user', content: prompt }],
    ...job.params,
  }),
};
const json = (bytes) => JSON.parse(Buffer.from(bytes).toString('utf8'));

async function anthropic() {
  const { default: AnthropicBedrock } = await load('@anthropic-ai/bedrock-sdk');
  const key = sigV4 ? { awsAccessKey: token, awsSecretKey: token } : { apiKey: token };
  return new AnthropicBedrock({ awsRegion: region, baseURL: endpoint, ...key, ...job.options });
}

const message = {
  model: modelId,
  max_tokens: 100,
  messages: [{ role: 'user', content: prompt }],
  ...job.params,
};
const ofMessage = (answer) => ({
  text: answer.content
    .filter(({ type }) => type === 'text')
    .map(({ text }) => text)
    .join(''),
  stop: answer.stop_reason,
  usage: answer.usage,
});

await report({
  async converse() {
    const { sdk, client } = await aws();
    const answer = await client.send(new sdk.ConverseCommand(conversation));
    const text = answer.output.message.content.map((block) => block.text ?? '').join('');
    return {
      text,
      stop: answer.stopReason,
      usage: answer.usage,
      latencyMs: answer.metrics?.latencyMs,
      requestId: answer.$metadata.requestId,
      attempts: answer.$metadata.attempts,
    };
  },
  async 'converse-stream'() {
    const { sdk, client } = await aws();
    const answer = await client.send(new sdk.ConverseStreamCommand(conversation));
    const seen = { events: [] };
    for await (const event of answer.stream) {
      const [type] = Object.keys(event);
      if (seen.events.at(-1) !== type) seen.events.push(type);
      note(event.contentBlockDelta?.delta.text);
      seen.stop ??= event.messageStop?.stopReason;
      seen.usage ??= event.metadata?.usage;
    }
    return { text: note(''), ...seen, requestId: answer.$metadata.requestId };
  },
  async invoke() {
    const { sdk, client } = await aws();
    return ofMessage(json((await client.send(new sdk.InvokeModelCommand(invocation))).body));
  },
  async 'invoke-stream'() {
    const { sdk, client } = await aws();
    const command = new sdk.InvokeModelWithResponseStreamCommand(invocation);
    const events = [];
    let metrics;
    for await (const { chunk } of (await client.send(command)).body) {
      const event = json(chunk.bytes);
      if (events.at(-1) !== event.type) events.push(event.type);
      note(event.delta?.text);
      metrics ??= event['amazon-bedrock-invocationMetrics'];
    }
    return { text: note(''), events, metrics };
  },
  messages: async () => ofMessage(await (await anthropic()).messages.create(message)),
  async 'messages-stream'() {
    const stream = (await anthropic()).messages.stream(message).on('text', note);
    return ofMessage(await stream.finalMessage());
  },
});
