/** Posts events to the operator's webhook, signed as Standard Webhooks says (https://www.standardwebhooks.com). */
import { createHmac } from 'node:crypto';
import { Agent, request } from 'undici';

export interface EventWebhookSettings {
  readonly url: string;
  /** The signing key in base64. */
  readonly secret: string;
  readonly nowMs: () => number;
  readonly timeoutMs?: number;
}

/** Connection, head and all: a receiver should queue and answer at once. */
const TIMEOUT_MS = 10_000;
/** Nobody reads the answer; so much is taken off the wire to keep the connection. */
const MOST_ANSWER_BYTES = 16 * 1024;
/** Receivers are one host. */
const CONNECTIONS = 8;

export interface EventWebhook {
  /** Never throws: `null` when the receiver answered 2xx, else why not. */
  readonly send: (event: { readonly id: string; readonly body: string }) => Promise<string | null>;
  close(): Promise<void>;
}

export function createEventWebhook({
  url,
  secret,
  nowMs,
  timeoutMs = TIMEOUT_MS,
}: EventWebhookSettings): EventWebhook {
  const key = Buffer.from(secret, 'base64');
  const agent = new Agent({ connections: CONNECTIONS, connect: { timeout: timeoutMs } });

  async function post(id: string, body: string): Promise<string | null> {
    const timestamp = String(Math.floor(nowMs() / 1_000));
    const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
    // A redirect is no 2xx, and is not followed: the signed body goes where the operator said, and nowhere else.
    const answer = await request(url, {
      method: 'POST',
      dispatcher: agent,
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Tollgate',
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        'webhook-signature': `v1,${signature}`,
      },
      body,
    });
    // The status decides; an answer that hangs or breaks off changes nothing about it.
    await answer.body.dump({ limit: MOST_ANSWER_BYTES }).catch(() => undefined);
    const { statusCode } = answer;
    return statusCode >= 200 && statusCode < 300 ? null : `the receiver answered ${statusCode}`;
  }

  return {
    async send({ id, body }) {
      try {
        return await post(id, body);
      } catch (error) {
        const { code, message } = error as { code?: unknown; message?: string };
        return typeof code === 'string' ? code : (message ?? String(error));
      }
    },
    close: () => agent.destroy(),
  };
}
