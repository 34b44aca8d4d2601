import Link from 'next/link';
import { CodeFigure } from './code-figure';
import { readerHere } from './reader';
import { Shell } from './shell';
import { snippetsOf } from '@/lib/docs/snippets';

const ENDPOINTS: readonly (readonly [string, string])[] = [
  ['POST /v1/messages', 'Anthropic Messages, JSON and streaming'],
  ['POST /v1/chat/completions', 'OpenAI Chat Completions'],
  ['POST /v1/responses', 'OpenAI Responses'],
  ['POST /v1/embeddings', 'OpenAI Embeddings'],
  [
    'POST /v1beta/models/gemini-2.5-flash:generateContent',
    'Gemini; Vertex and Bedrock under their own paths',
  ],
  ['POST /v1/messages/count_tokens', 'Token counting, free of charge'],
  ['GET /v1/models', 'The models your token may use'],
  ['POST /api/llm/embed', 'Embeddings in Tollgate’s own small format'],
  ['GET /api/user/usage', 'What you used, what is held, what is left'],
  ['GET /health · GET /status', 'Alive? And is everything it needs reachable?'],
];

/** The two that most readers want; the others are a page of their own. */
const FIRST_SNIPPETS = ['claude-code-env', 'anthropic-ts'];

export default async function Home() {
  const reader = await readerHere();
  const first = snippetsOf(reader).filter(({ id }) => FIRST_SNIPPETS.includes(id));
  return (
    <Shell viewer={null} current="/">
      <div className="doc">
        <main id="content">
          <h1>Tollgate</h1>
          <p className="text-quiet">An LLM gateway. Agents hold a gateway token; provider keys stay here.</p>
          {reader.sandbox && (
            <p className="notice">
              <strong>Sandbox.</strong> No provider key is set, so answers are simulated. Every one says so in
              the header <code>x-tollgate-provider: sandbox</code>.
            </p>
          )}
          <h2>Connect Claude Code, or an SDK</h2>
          {first.map(({ id, place, text }) => (
            <CodeFigure key={id} place={id === 'claude-code-env' ? 'Claude Code' : place} text={text} />
          ))}
          <p>
            <Link href="/docs/connect" prefetch={false}>
              Every other client
            </Link>
            : Codex, OpenClaw, Gemini CLI, opencode, editors, Python, Bedrock, Vertex, curl.
          </p>
          <h2>Endpoints</h2>
          <table className="endpoints">
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
          <p>
            <Link href="/docs/api" prefetch={false}>
              All of them, with their fields
            </Link>
            , and for machines <a href={`${reader.baseUrl}/openapi.json`}>openapi.json</a>.
          </p>
        </main>
      </div>
    </Shell>
  );
}
