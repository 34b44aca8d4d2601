/** Calls as an agent makes them, and what they were answered: whether a change made on a page holds shows in the very next one. */
import type { Pages } from '@/tests/support/pages';

export interface CallAnswer {
  /** Our request id. */
  readonly id: string;
  readonly status: number;
  /** What a refusal says; empty for an answer. */
  readonly message: string;
}

export interface CallOptions {
  readonly model?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly prompt?: string;
}

/** One call with a token; once it is answered its row is settled. */
export async function answerTo(
  { baseUrl, settledRow }: Pick<Pages, 'baseUrl' | 'settledRow'>,
  token: string,
  { model = 'claude-sonnet-4-5', headers = {}, prompt = 'Hello there' }: CallOptions = {},
): Promise<CallAnswer> {
  const response = await fetch(`${baseUrl}/v1/messages`, {
    method: 'POST',
    headers: {
      'x-api-key': token,
      'anthropic-version': '2023-06-01',
      'content-type': 'application/json',
      ...headers,
    },
    body: JSON.stringify({ model, max_tokens: 64, messages: [{ role: 'user', content: prompt }] }),
  });
  const body = (await response.json()) as { readonly error?: { readonly message?: string } };
  const id = response.headers.get('x-request-id') ?? '';
  if (response.ok) await settledRow(id);
  return { id, status: response.status, message: body.error?.message ?? '' };
}
