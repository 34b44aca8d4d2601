/** Child process: the provider that answers at once, whole or as a stream whose events leave one by one. */
import { createServer, type ServerResponse } from 'node:http';
import {
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

/** Every event in a write of its own: what is written in one turn would leave in one packet. */
function sendStream(res: ServerResponse, wait: (next: () => void) => void): void {
  res.writeHead(200, STREAM_HEADERS);
  let index = 0;
  const next = (): void => {
    if (res.destroyed) return;
    const last = index === STREAM_EVENTS - 1;
    const bytes = streamEvent(index, sharedNowUs());
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

const server = createServer((req, res) => {
  let body = '';
  req.setEncoding('latin1');
  req.on('data', (text: string) => (body += text));
  req.on('end', () => {
    if (!body.includes('"stream":true')) {
      res.writeHead(200, JSON_HEADERS);
      res.end(JSON_BYTES);
    } else if (body.includes(PACED_MARK)) sendStream(res, (next) => void setTimeout(next, PACE_MS));
    else sendStream(res, setImmediate);
  });
});
server.keepAliveTimeout = 120_000;
server.listen(Number(process.env['PORT']), '127.0.0.1');
