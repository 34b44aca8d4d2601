/** Writes a Web Response to a Node response as it comes: no chunk waits for another, and a body of known length leaves in one piece. */
import type { ServerResponse } from 'node:http';

function headersOf(answer: Response): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of answer.headers) if (name !== 'set-cookie') headers[name] = value;
  const cookies = answer.headers.getSetCookie();
  if (cookies.length > 0) headers['set-cookie'] = cookies;
  return headers;
}

/** Resolves when the socket takes more, or is gone. */
function writable(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
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
 * so that nobody takes it for complete.
 */
export async function sendResponse(answer: Response, response: ServerResponse): Promise<void> {
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
      else if (!response.write(value) && !response.destroyed) await writable(response);
    }
    if (!response.writableEnded) response.end();
  } catch {
    response.destroy();
  } finally {
    response.off('close', left);
  }
}
