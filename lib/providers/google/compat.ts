/** Where Google serves OpenAI's formats: ai.google.dev/gemini-api/docs/openai. */
import { joinUrl, pathOf } from '@/lib/providers/http';
import type { ProviderSettings, UpstreamCall } from '@/lib/providers/provider';

/** Formats of the compatibility layer. */
export const COMPAT_FORMATS: readonly string[] = ['openai-chat', 'openai-embeddings'];

/** `{base}/v1beta/openai/chat/completions`; the layer's paths have no `/v1` of their own. */
export function compatUrl(call: UpstreamCall, { baseUrl }: ProviderSettings): string {
  return joinUrl(baseUrl, `/v1beta/openai${pathOf(call).replace(/^\/v1(?=\/)/, '')}`);
}
