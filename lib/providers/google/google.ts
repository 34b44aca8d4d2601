/** Google's Gemini API as an upstream. */
import { concatBytes, decodeUtf8 } from '@/lib/std/bytes';
import { finder } from '@/lib/providers/catalogue';
import { COMPAT_FORMATS, compatUrl } from '@/lib/providers/google/compat';
import { GOOGLE_MODELS } from '@/lib/providers/google/models';
import { formOf } from '@/lib/providers/google-query';
import { HOST_HEADERS, joinUrl, keyedHeaders, pathOf, probeRoot, requestOf } from '@/lib/providers/http';
import type {
  Provider,
  ProviderSettings,
  ProviderTools,
  UpstreamCall,
  UpstreamResponse,
} from '@/lib/providers/provider';
import { readEmbedBody } from '@/lib/wire/embed/format';

/** Error bodies are a few hundred bytes. */
const MAX_ERROR_BYTES = 64 * 1024;
/** Google's reason for a key that it doesn't know or that has expired; the status is a plain 400. */
const KEY_INVALID = 'API_KEY_INVALID';

export const google: Provider = {
  name: 'google',
  displayName: 'Google Gemini',
  formats: ['gemini', 'embed'],
  models: GOOGLE_MODELS,
  compatFormats: COMPAT_FORMATS,
  // OpenAI's embedding models start with `text-embedding-` too; Google's go on with a three-digit number.
  find: finder(GOOGLE_MODELS, (model) =>
    /^(gemini-|text-embedding-\d{3}$|text-multilingual-embedding-)/.test(model),
  ),
  onCallerLeave: 'abort',
  requestIdHeader: 'x-goog-request-id',
  privateResponseHeaders: [...HOST_HEADERS, 'x-goog-'],

  async send(call, settings, signal, tools) {
    if (call.format === 'embed' && call.body !== null) {
      const { model, contents } = readEmbedBody(call.body);
      return tools.embed(settings, { model, contents, signal });
    }
    return sendBytes(call, settings, signal, tools);
  },

  probe: probeRoot,
};

async function sendBytes(
  call: UpstreamCall,
  settings: ProviderSettings,
  signal: AbortSignal,
  tools: ProviderTools,
): Promise<UpstreamResponse> {
  const compat = COMPAT_FORMATS.includes(call.format);
  const headers = keyedHeaders(call, settings.apiKey, compat ? 'bearer' : 'x-goog-api-key');
  // A body of another type could be answered in it, and would not be metered.
  headers.set('content-type', 'application/json');
  const url = compat ? compatUrl(call, settings) : joinUrl(settings.baseUrl, pathOf(call));
  const search = formOf(call.search);
  return asKeyRefusal(await tools.fetch(requestOf({ ...call, search }, url, headers, signal)));
}

/** Google refuses a bad key with 400: as 401 it is told apart from the caller's own mistakes, like any provider's. */
async function asKeyRefusal(response: UpstreamResponse): Promise<UpstreamResponse> {
  if (response.status !== 400 || response.body === null) return response;
  const [head, rest] = await readHead(response.body);
  if (decodeUtf8(head).includes(`"${KEY_INVALID}"`)) {
    await rest.cancel().catch(() => undefined);
    return { ...response, status: 401, body: null };
  }
  return { ...response, body: rest };
}

/** The first bytes of a body, up to the bound, and the same body once more from its start. */
async function readHead(
  body: ReadableStream<Uint8Array>,
): Promise<readonly [Uint8Array, ReadableStream<Uint8Array>]> {
  const source = body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  let fault: unknown = null;
  let over = false;
  while (!over && fault === null && size < MAX_ERROR_BYTES) {
    const next = await source.read().catch((reason: unknown) => ({ fault: reason }));
    if ('fault' in next) fault = next.fault ?? new Error('the body broke off');
    else if (next.done) over = true;
    else {
      chunks.push(next.value);
      size += next.value.length;
    }
  }
  const again = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      if (over) controller.close();
      else if (fault !== null) controller.error(fault);
    },
    async pull(controller) {
      const { done, value } = await source.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => source.cancel(reason),
  });
  return [concatBytes(chunks), again];
}
