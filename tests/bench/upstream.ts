/** Child process: the provider that answers at once, whole or as a stream whose events leave one by one. */
import { createServer, type ServerResponse } from 'node:http';
import { DIALECTS, TOKEN_PATH } from '@/tests/bench/dialects';
import {
  DIALECT_MARK,
  jsonAnswer,
  PACE_MS,
  PACED_MARK,
  sharedNowUs,
  STREAM_EVENTS,
  streamEvent,
} from '@/tests/bench/messages';

const JSON_BYTES = Buffer.from(jsonAnswer());
const COMMON = { 'request-id': 'req_011Bench', 'anthropic-ratelimit-requests-remaining': '3999' };
const JSON_HEADERS = { ...COMMON, 'content-type': 'application/json', 'content-length': JSON_BYTES.length };
const STREAM_HEADERS = {
  ...COMMON,
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache',
};

type Wait = (next: () => void) => void;
type EventAt = (index: number) => string | Uint8Array;

/** What a service account's assertion is exchanged for; anyone's is as good. */
const ACCESS_TOKEN = JSON.stringify({ access_token: 'ya29.bench', expires_in: 3_600, token_type: 'Bearer' });

/** Every dialect's events, made once. */
const STREAMS = DIALECTS.map((dialect) => ({ ...dialect, made: dialect.events(STREAM_EVENTS) }));

/** Every event in a write of its own: what is written in one turn would leave in one packet. */
function sendStream(res: ServerResponse, wait: Wait, eventAt: EventAt): void {
  let index = 0;
  const next = (): void => {
    if (res.destroyed) return;
    const last = index === STREAM_EVENTS - 1;
    const bytes = eventAt(index);
    index += 1;
    if (last) {
      res.end(bytes);
      return;
    }
    res.write(bytes);
    wait(next);
  };
  next();
}

function sendDialect(url: string, res: ServerResponse, wait: Wait): void {
  const dialect = STREAMS.find(({ upstreamPath }) => upstreamPath.test(url));
  if (dialect === undefined) return void res.writeHead(404).end(`no dialect has ${url}`);
  res.writeHead(200, { 'content-type': dialect.contentType });
  sendStream(res, wait, (index) => dialect.made[index] ?? '');
}

const server = createServer((req, res) => {
  let body = '';
  req.setEncoding('latin1');
  req.on('data', (text: string) => (body += text));
  req.on('end', () => {
    const url = req.url ?? '';
    const wait: Wait = body.includes(PACED_MARK) ? (next) => void setTimeout(next, PACE_MS) : setImmediate;
    if (url === TOKEN_PATH) res.writeHead(200, { 'content-type': 'application/json' }).end(ACCESS_TOKEN);
    else if (body.includes(DIALECT_MARK)) sendDialect(url, res, wait);
    else if (!body.includes('"stream":true')) {
      res.writeHead(200, JSON_HEADERS);
      res.end(JSON_BYTES);
    } else {
      res.writeHead(200, STREAM_HEADERS);
      sendStream(res, wait, (index) => streamEvent(index, sharedNowUs()));
    }
  });
});
server.keepAliveTimeout = 120_000;
server.listen(Number(process.env['PORT']), '127.0.0.1');
