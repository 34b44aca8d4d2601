/** The upstream fetch port on a tuned undici agent: about a fifth of the CPU that global fetch costs per call. */
import { Agent, type Dispatcher } from 'undici';
import { UpstreamFault, type UpstreamFetch, type UpstreamResponse } from '@/lib/providers/provider';

/** TCP and TLS together; providers answer a handshake in well under a second. */
const CONNECT_TIMEOUT_MS = 10_000;
/** A non-streaming answer can take ten minutes to think before its first header. */
const DEFAULT_HEADERS_TIMEOUT_MS = 600_000;
/** Providers ping every few seconds; a stream silent for two minutes is dead. */
const DEFAULT_IDLE_TIMEOUT_MS = 120_000;
/** Idle sockets kept per host for the next call; providers close theirs after minutes. */
const KEEP_ALIVE_MS = 30_000;
/** Sockets per host. */
const CONNECTIONS = 256;
/** Calls under way or queued in this process; beyond it a call is refused at once instead of waiting unseen. */
const LARGEST_BACKLOG = 2_048;

export interface UndiciFetchOptions {
  readonly headersTimeoutMs?: number;
  readonly idleTimeoutMs?: number;
}

const KINDS: Readonly<Record<string, readonly [UpstreamFault['kind'], boolean]>> = {
  ECONNREFUSED: ['refused', false],
  EHOSTUNREACH: ['refused', false],
  ENETUNREACH: ['refused', false],
  ENOTFOUND: ['dns', false],
  EAI_AGAIN: ['dns', false],
  ETIMEDOUT: ['connect-timeout', false],
  UND_ERR_CONNECT_TIMEOUT: ['connect-timeout', false],
  UND_ERR_HEADERS_TIMEOUT: ['headers-timeout', true],
  UND_ERR_BODY_TIMEOUT: ['idle-timeout', true],
  EPROTO: ['tls', false],
};

/** TLS failures come under many names, all of OpenSSL's or Node's making. */
const TLS_CODE = /^(ERR_TLS|ERR_SSL|CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO|HOSTNAME_MISMATCH|INVALID_CA)/;

/** Sorts a socket or protocol error; what is not known counts as a broken connection that may have reached the provider. */
function faultFrom(error: unknown): UpstreamFault {
  if (error instanceof UpstreamFault) return error;
  const { code, message } = (error ?? {}) as { code?: string; message?: string };
  const options = { cause: error };
  const known = code === undefined ? undefined : KINDS[code];
  if (known !== undefined) return new UpstreamFault(known[0], message ?? code ?? '', known[1], options);
  if (code !== undefined && TLS_CODE.test(code))
    return new UpstreamFault('tls', message ?? code, false, options);
  return new UpstreamFault('reset', message ?? String(error), true, options);
}

function callerLeft(reached: boolean): UpstreamFault {
  return new UpstreamFault('reset', 'the caller left', reached);
}

function headersFrom(raw: readonly Buffer[]): Headers {
  const headers = new Headers();
  for (let index = 0; index + 1 < raw.length; index += 2) {
    headers.append(raw[index]?.toString('latin1') ?? '', raw[index + 1]?.toString('latin1') ?? '');
  }
  return headers;
}

export interface PooledFetch {
  readonly fetch: UpstreamFetch;
  close(): Promise<void>;
}

/** A fetch that keeps connections, bounds its queue, and names every way an upstream can fail. */
export function createUndiciFetch(options: UndiciFetchOptions = {}): PooledFetch {
  const agent = new Agent({
    connections: CONNECTIONS,
    pipelining: 1,
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: options.headersTimeoutMs ?? DEFAULT_HEADERS_TIMEOUT_MS,
    bodyTimeout: options.idleTimeoutMs ?? DEFAULT_IDLE_TIMEOUT_MS,
    connect: { timeout: CONNECT_TIMEOUT_MS },
  });
  let underWay = 0;

  const fetch: UpstreamFetch = ({ url, method, headers, body, signal }) => {
    if (underWay >= LARGEST_BACKLOG) {
      return Promise.reject(
        new UpstreamFault('overloaded', `${LARGEST_BACKLOG} calls are under way already`, false),
      );
    }
    if (signal.aborted) return Promise.reject(callerLeft(false));
    const { origin, pathname, search } = new URL(url);
    underWay += 1;
    return new Promise<UpstreamResponse>((resolve, reject) => {
      agent.dispatch(
        { origin, path: pathname + search, method, headers: Object.fromEntries(headers), body },
        new Exchange(signal, resolve, reject, () => (underWay -= 1)),
      );
    });
  };
  return { fetch, close: () => agent.destroy() };
}

/** One request: turns undici's callbacks into an UpstreamResponse whose body is pulled, never buffered ahead. */
class Exchange implements Dispatcher.DispatchHandlers {
  #abort: ((error?: Error) => void) | null = null;
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  #resume: () => void = () => undefined;
  #over = false;

  constructor(
    private readonly signal: AbortSignal,
    private readonly resolve: (response: UpstreamResponse) => void,
    private readonly reject: (fault: UpstreamFault) => void,
    private readonly done: () => void,
  ) {
    signal.addEventListener('abort', this.#onSignal, { once: true });
  }

  readonly #onSignal = (): void => {
    if (this.#abort !== null) this.#abort(callerLeft(true));
    // undici cannot take a request out of its queue: it is settled now, and dropped when its turn comes.
    else if (this.#end()) this.reject(callerLeft(false));
  };

  #end(): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.signal.removeEventListener('abort', this.#onSignal);
    this.done();
    return true;
  }

  onConnect(abort: (error?: Error) => void): void {
    this.#abort = abort;
    if (this.#over) abort(callerLeft(false));
  }

  onHeaders(status: number, rawHeaders: Buffer[], resume: () => void): boolean {
    if (status < 200) return true;
    this.#resume = resume;
    const headers = headersFrom(rawHeaders);
    const bodiless = status === 204 || status === 304;
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => void (this.#controller = controller),
        pull: () => this.#resume(),
        cancel: () => this.#abort?.(new UpstreamFault('reset', 'the answer is not wanted any more', true)),
      },
      { highWaterMark: 1 },
    );
    this.resolve({ status, headers, body: bodiless ? null : body });
    return true;
  }

  onData(chunk: Buffer): boolean {
    // Resuming a paused parser reports an empty chunk first; passed on, each would pause and resume it again, for ever.
    if (chunk.length > 0) this.#controller?.enqueue(chunk);
    return (this.#controller?.desiredSize ?? 0) > 0;
  }

  onComplete(): void {
    if (this.#end()) this.#controller?.close();
  }

  onError(error: Error): void {
    if (!this.#end()) return;
    const fault = faultFrom(error);
    if (this.#controller === null) this.reject(fault);
    else {
      try {
        this.#controller.error(fault);
      } catch {
        // The reader cancelled first; there is nobody left to tell.
      }
    }
  }
}
