import { headers } from 'next/headers';
import { connection } from 'next/server';
import { getServer } from '@/lib/server';

const ENDPOINTS: readonly (readonly [string, string])[] = [
  ['POST /v1/messages', 'Anthropic Messages, JSON and streaming'],
  ['POST /v1/messages/count_tokens', 'Token counting, free of charge'],
  ['GET /v1/models', 'The models your token may use'],
  ['POST /api/llm/chat', 'The same Messages endpoint under a neutral name'],
  ['POST /api/llm/embed', 'Gemini embeddings'],
  ['GET /api/user/usage', 'What you used, what is held, what is left'],
  ['GET /health · GET /status', 'Alive? And is everything it needs reachable?'],
];

/** The reader's own base URL, from the host the page was asked by. */
async function baseUrl(): Promise<string> {
  const asked = await headers();
  const host = asked.get('x-forwarded-host') ?? asked.get('host') ?? 'localhost:3000';
  const local = /^(localhost|127\.|\[::1\])/.test(host);
  return `${asked.get('x-forwarded-proto') ?? (local ? 'http' : 'https')}://${host}`;
}

export default async function Home() {
  await connection();
  const { env } = await getServer();
  const base = await baseUrl();
  return (
    <main>
      <h1>Tollgate</h1>
      <p className="quiet">An LLM gateway. Agents hold a gateway token; provider keys stay here.</p>
      {env.sandbox && (
        <p className="notice">
          <strong>Sandbox.</strong> No provider key is set, so answers are simulated. Every one says so in the
          header <code>x-tollgate-provider: sandbox</code>.
        </p>
      )}
      <h2>Connect Claude Code</h2>
      <pre>
        <code>{`export ANTHROPIC_BASE_URL=${base}\nexport ANTHROPIC_AUTH_TOKEN=tg_…\nclaude`}</code>
      </pre>
      <h2>Or an Anthropic SDK</h2>
      <pre>
        <code>{`new Anthropic({ baseURL: '${base}', apiKey: 'tg_…' })`}</code>
      </pre>
      <h2>Endpoints</h2>
      <table>
        <tbody>
          {ENDPOINTS.map(([path, meaning]) => (
            <tr key={path}>
              <td>
                <code>{path}</code>
              </td>
              <td>{meaning}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </main>
  );
}
