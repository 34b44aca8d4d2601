/** Writes a Web Response to a Node response as it comes: no chunk waits for another, and a body of known length leaves in one piece. */
import type { ServerResponse } from 'node:http';

/** As long as an upstream may be silent: a caller that stops reading holds a provider's socket all the while. */
const DEFAULT_STALL_MS = 120_000;

function headersOf(answer: Response): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of answer.headers) if (name !== 'set-cookie') headers[name] = value;
  const cookies = answer.headers.getSetCookie();
  if (cookies.length > 0) headers['set-cookie'] = cookies;
  return headers;
}

/** Resolves when the socket takes more, or is gone; a caller that takes nothing for too long is hung up on. */
function writable(response: ServerResponse, stallMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => response.destroy(), stallMs);
    const done = () => {
      clearTimeout(timer);
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
  });
}

/**
 * Sends head and body. A caller who leaves cancels the body; a body that breaks off destroys the connection,
 * so that nobody takes it for complete. A caller that reads nothing for `stallMs` counts as gone.
 */
export async function sendResponse(
  answer: Response,
  response: ServerResponse,
  stallMs: number = DEFAULT_STALL_MS,
): Promise<void> {
  const { body } = answer;
  if (response.destroyed) {
    await body?.cancel();
    return;
  }
  response.writeHead(answer.status, headersOf(answer));
  if (body === null) {
    response.end();
    return;
  }
  const declared = answer.headers.get('content-length');
  const length = declared === null ? Number.NaN : Number(declared);
  // A stream's head must not wait for its first event.
  if (declared === null) response.flushHeaders();
  const reader = body.getReader();
  const left = () => void reader.cancel().catch(() => undefined);
  response.once('close', left);
  try {
    let sent = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      sent += value.length;
      if (sent === length) response.end(value);
      else if (!response.write(value) && !response.destroyed) await writable(response, stallMs);
    }
    if (!response.writableEnded) response.end();
  } catch {
    response.destroy();
  } finally {
    response.off('close', left);
  }
}
