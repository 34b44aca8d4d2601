/** Vercel's Node runtime in small: `node vercel-runtime.mjs <function folder> <route pattern> <route destination>`. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';

const [folder = '', source = '', destination = ''] = process.argv.slice(2);
const { handler } = JSON.parse(readFileSync(path.join(folder, '.vc-config.json'), 'utf8'));
const startedAtMs = performance.now();
const answer = createRequire(import.meta.url)(path.join(folder, handler));
const loadMs = Math.round(performance.now() - startedAtMs);

// What `after()` hands over; the instance must not be frozen before it is done.
const waited = new Set();
globalThis[Symbol.for('@vercel/request-context')] = {
  get: () => ({
    waitUntil: (work) => {
      const kept = work.catch((error) => console.error(error)).finally(() => waited.delete(kept));
      waited.add(kept);
    },
  }),
};

/** Vercel's router: the function's name in a header, the path's parameters in the query. */
function routed(url) {
  const [pathname = '', query = ''] = url.split(/\?(.*)/s);
  const target = pathname.replace(new RegExp(source), destination);
  const [matched = '', parameters = ''] = target.split('?');
  const joined = [query, parameters].filter((part) => part !== '').join('&');
  return { matched, url: joined === '' ? pathname : `${pathname}?${joined}` };
}

const server = createServer((request, response) => {
  const { matched, url } = routed(request.url ?? '/');
  request.url = url;
  request.headers['x-matched-path'] = matched;
  request.headers['x-forwarded-host'] = request.headers.host;
  request.headers['x-forwarded-proto'] = 'https';
  request.headers['x-vercel-forwarded-for'] = request.socket.remoteAddress;
  answer(request, response).catch((error) => response.destroy(error));
});
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port, loadMs })));

process.on('SIGTERM', async () => {
  server.closeAllConnections();
  await Promise.all(waited);
  process.exit(0);
});
