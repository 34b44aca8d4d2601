/** The named edits of a chat completion or completion body. */
import { decodeUtf8 } from '@/lib/std/bytes';
import { replaceAt, replaceTopLevel } from '@/lib/std/json-edit';
import { parseRecord } from '@/lib/wire/bodies/record';
import type { BodyEdits } from '@/lib/wire/format';

const CHAT_LIMIT = 'max_completion_tokens';
const PLAIN_LIMIT = 'max_tokens';
/** OpenAI's models that think: they refuse `max_tokens`. */
const THINKING_MODEL = /^(?:openai\/)?(?:ft:)?(?:gpt-[5-9]|gpt-\d{2}|o[1-9]|codex-|(?:gpt-)?chat-latest)/;

/** Edits the bytes of a request; every byte outside an edited value stays. */
export function prepareChat(
  body: Uint8Array,
  { model, maxOutputTokens, reportUsage }: BodyEdits,
): Uint8Array {
  let edited = body;
  if (maxOutputTokens !== undefined) {
    const limits = Object.fromEntries(limitKeys(body, model).map((key) => [key, maxOutputTokens]));
    // A body without a model is refused before: this inserts a limit only.
    const edits = model === undefined ? limits : { ...limits, model };
    edited = replaceTopLevel(edited, edits, { insertMissing: true });
  } else if (model !== undefined) edited = replaceTopLevel(edited, { model });
  if (reportUsage === true)
    edited = replaceAt(edited, ['stream_options', 'include_usage'], true, { insertMissing: true });
  return edited;
}

/**
 * The limits a body sets, else the one its model knows: every server takes `max_tokens`, many no other, and only
 * OpenAI's models that think refuse it. Completions, which have a prompt, know nothing else.
 */
function limitKeys(body: Uint8Array, upstreamModel: string | undefined): readonly string[] {
  const record = parseRecord(decodeUtf8(body)) ?? {};
  // Also one that is written as text: lenient servers follow it.
  const given = [CHAT_LIMIT, PLAIN_LIMIT].filter((key) => (record[key] ?? null) !== null);
  if (given.length > 0) return given;
  const model = upstreamModel ?? record['model'];
  const isThinking =
    typeof model === 'string' && THINKING_MODEL.test(model) && record['prompt'] === undefined;
  return [isThinking ? CHAT_LIMIT : PLAIN_LIMIT];
}
