/** What the SDK programs share: the job from the command line, the client's packages, and the one line of JSON about the outcome. */
import { subscribe } from 'node:diagnostics_channel';

/** `{ url, token, model, act, … }`; `packages` is the file URL that packages are looked up from. */
export const job = JSON.parse(process.argv[2]);

/** An installed client, by the name of its folder under node_modules: an alias where two lines are installed. */
export const load = (name) => import(import.meta.resolve(name, job.packages));

let requests = 0;
// The HTTP clients of Node: its own fetch, and what is built on node:http.
for (const channel of ['undici:request:create', 'http.client.request.start']) {
  subscribe(channel, () => (requests += 1));
}

let partial = '';

/** Notes a piece of a stream as it comes, so that a stream that breaks shows how far it got. */
export function note(piece) {
  partial += piece ?? '';
  return partial;
}

/** Does the job's act and prints `{ value }` or `{ error, partial }`, each with `elapsedMs` and `requests`. */
export async function report(acts) {
  const startedAtMs = performance.now();
  const print = (outcome) => {
    const elapsedMs = Math.round(performance.now() - startedAtMs);
    // Written out before the exit: open connections and timers of an SDK must not keep the test waiting.
    process.stdout.write(`${JSON.stringify({ ...outcome, elapsedMs, requests })}\n`, () => process.exit(0));
  };
  try {
    const act = acts[job.act];
    if (act === undefined) throw new TypeError(`unknown act ${job.act}`);
    print({ value: await act() });
  } catch (error) {
    print({ error: describe(error), partial });
  }
}

/** SDKs name the same things differently; the innermost cause tells of refused connections. */
function describe(error) {
  const { message, code, type, cause, lastError } = error;
  const status = error.status ?? error.statusCode ?? error.$metadata?.httpStatusCode;
  const requestId = error.requestID ?? error.request_id ?? error.$metadata?.requestId;
  const inner = lastError ?? cause;
  return {
    class: error.constructor.name,
    name: error.name,
    status,
    code,
    type,
    message,
    requestId,
    ...(inner instanceof Error ? { cause: describe(inner) } : {}),
  };
}
