/** Calls an API by plain fetch with a bearer token, and picks what a test wants to see out of its JSON or events. */

export async function callJson(url: string, key: string, body?: unknown, method?: string): Promise<Response> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  return fetch(url, { method: method ?? (body === undefined ? 'GET' : 'POST'), headers, ...sent });
}

export async function jsonOf(response: Response | Promise<Response>): Promise<unknown> {
  return (await response).json();
}

/** What stands at a path such as `choices.0.message`; `undefined` where the way there ends. */
export function pick(value: unknown, path: string): unknown {
  let at = value;
  for (const name of path.split('.'))
    at = (at as Readonly<Record<string, unknown>> | null | undefined)?.[name];
  return at;
}

/** What stands at a path in a response's JSON. */
export async function picked(response: Response | Promise<Response>, path: string): Promise<unknown> {
  return pick(await jsonOf(response), path);
}

/** The JSON of a stream's data lines; comments and `[DONE]` stay text. */
export async function eventsOf(response: Response | Promise<Response>): Promise<unknown[]> {
  const lines = (await (await response).text()).split(/\r?\n/).filter((line) => /^(data)?:/.test(line));
  return lines.map((line) => (line.startsWith('data: {') ? (JSON.parse(line.slice(6)) as unknown) : line));
}

/** The texts at a path in every event, put together; events without one are passed over. */
export function textAt(events: readonly unknown[], path: string): string {
  const texts = events.map((event) => pick(event, path));
  return texts.filter((text) => typeof text === 'string').join('');
}
