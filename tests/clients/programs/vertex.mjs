/** A user's program over `@anthropic-ai/vertex-sdk`: one act with it, the gateway token in place of Google's access token. */
import { job, load, note, report } from './report.mjs';

const { AnthropicVertex } = await load('@anthropic-ai/vertex-sdk');
const { OAuth2Client } = await load('google-auth-library');
// Its own `accessToken` option is not enough: without a client of this kind it goes looking for credentials of the machine.
const authClient = new OAuth2Client();
authClient.setCredentials({ access_token: job.token });
const client = new AnthropicVertex({
  baseURL: `${job.url}${job.base ?? '/vertex/v1'}`,
  projectId: 'proj',
  region: 'us-east5',
  authClient,
  ...job.options,
});

const call = {
  model: job.model,
  messages: [{ role: 'user', content: job.prompt ?? 'say hi' }],
  ...job.params,
};
const message = { max_tokens: 100, ...call };
const ofMessage = (answer) => ({
  text: answer.content
    .filter(({ type }) => type === 'text')
    .map(({ text }) => text)
    .join(''),
  stop: answer.stop_reason,
  usage: answer.usage,
});

await report({
  messages: async () => ofMessage(await client.messages.create(message)),
  async 'messages-stream'() {
    return ofMessage(await client.messages.stream(message).on('text', note).finalMessage());
  },
  count: async () => ({ usage: await client.messages.countTokens(call) }),
});
