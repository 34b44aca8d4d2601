/** Child process: a proxy that sends with Node's global fetch and pipes the web stream out. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';

const upstream = process.env['UPSTREAM'] ?? '';
/** Names that belong to the connection; fetch refuses some of them. */
const HOP = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'keep-alive']);

async function forward(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  const headers = Object.entries(req.headers).filter(([name]) => !HOP.has(name)) as [string, string][];
  const url = upstream + (req.url ?? '/');
  const answer = await fetch(url, { method: req.method ?? 'GET', headers, body: Buffer.concat(chunks) });
  res.writeHead(answer.status, [...answer.headers].filter(([name]) => !HOP.has(name)).flat());
  if (answer.body === null) res.end();
  else Readable.fromWeb(answer.body as ReadableStream).pipe(res);
}

const server = createServer((req, res) => {
  forward(req, res).catch(() => res.destroy());
});
server.keepAliveTimeout = 120_000;
server.listen(Number(process.env['PORT']), '127.0.0.1');
