/** Calls in the Responses format, as the contract suites over a fake OpenAI make them. */
import type { Customer, Row } from '@/tests/support/gateway-verbs';
import type { Rig } from '@/tests/support/mounts';
import type { OpenAnswer, RawAnswer, RawRequest } from '@/tests/support/raw-http';

export const MODEL = 'gpt-5.1';
export const SMALL_RESPONSE = { model: MODEL, input: 'Say hello.', max_output_tokens: 64 } as const;

type Fields = Readonly<Record<string, unknown>>;

export interface ResponsesCalls {
  /** POST /v1/responses with fields over those of a small valid call. */
  create(customer: Pick<Customer, 'token'>, fields?: Fields, path?: string): Promise<RawAnswer>;
  open(customer: Pick<Customer, 'token'>, fields?: Fields): Promise<OpenAnswer>;
  /** Any request with a customer's token. */
  ask(customer: Pick<Customer, 'token'>, method: string, path: string, body?: unknown): Promise<RawAnswer>;
  /** The row of an answer, once it is settled. */
  rowOf(answer: Pick<RawAnswer, 'headers'>): Promise<Row>;
  /** The row as it is now. */
  rowNow(answer: Pick<RawAnswer, 'headers'>): Promise<Row>;
  /** What reached the upstream while the work was done, as `METHOD url`. */
  forwarded(work: () => Promise<unknown>): Promise<string[]>;
}

export function responsesCalls(rig: Rig): ResponsesCalls {
  const request = (token: string, method: string, path: string, body?: unknown): RawRequest => ({
    method,
    path,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const idOf = ({ headers }: Pick<RawAnswer, 'headers'>) => headers['x-request-id'] ?? '';
  return {
    create: ({ token }, fields = {}, path = '/v1/responses') =>
      rig.send(request(token, 'POST', path, { ...SMALL_RESPONSE, ...fields })),
    open: ({ token }, fields = {}) =>
      rig.open(request(token, 'POST', '/v1/responses', { ...SMALL_RESPONSE, ...fields })),
    ask: ({ token }, method, path, body) => rig.send(request(token, method, path, body)),
    rowOf: (answer) => rig.gateway.settledRow(idOf(answer)),
    rowNow: async (answer) => (await rig.gateway.admin('GET', `/api/admin/requests/${idOf(answer)}`)).body,
    async forwarded(work) {
      const seen = rig.openai.requests.length;
      await work();
      return rig.openai.requests.slice(seen).map(({ method, url }) => `${method} ${url}`);
    },
  };
}
