/** Where each model family's body keeps the most tokens it may write, and how that is lowered. */
import { replaceAt } from '@/lib/std/json-edit';
import { isRecord, type JsonRecord, positive } from '@/lib/wire/bodies/record';

/** Keys from the top of the body down to a value. */
export type Path = readonly [string, ...string[]];

/** Every field any family reads a limit from: a body is held for the largest of them, whatever its model makes of the others. */
const INVOKE_LIMITS: readonly Path[] = [
  ['max_tokens'],
  ['max_completion_tokens'],
  ['max_tokens_to_sample'],
  ['max_gen_len'],
  ['max_output_tokens'],
  ['maxTokens'],
  ['inferenceConfig', 'maxTokens'],
  ['inferenceConfig', 'max_new_tokens'],
  ['textGenerationConfig', 'maxTokenCount'],
];

/** The top-level keys these stand in. */
export const INVOKE_KEYS: readonly string[] = [...new Set(INVOKE_LIMITS.map(([key]) => key))];

/** Converse hands `additionalModelRequestFields` to the model beside what it makes of its own fields. */
const CONVERSE_LIMITS: readonly Path[] = [
  ['inferenceConfig', 'maxTokens'],
  ...INVOKE_LIMITS.map((path): Path => ['additionalModelRequestFields', ...path]),
];

const CONVERSE_OWN: readonly Path[] = [['inferenceConfig', 'maxTokens']];
const CHAT_OWN: readonly Path[] = [['max_tokens'], ['max_completion_tokens']];

/** The family's own fields by what its ids start with, the one to insert first. */
const OWN_BY_ID: readonly (readonly [RegExp, readonly Path[]])[] = [
  [/\banthropic\.claude-(?:v2|instant)/, [['max_tokens_to_sample']]],
  [/\bclaude-/, [['max_tokens']]],
  [
    /\bamazon\.nova/,
    [
      ['inferenceConfig', 'maxTokens'],
      ['inferenceConfig', 'max_new_tokens'],
    ],
  ],
  [/\bamazon\.titan/, [['textGenerationConfig', 'maxTokenCount']]],
  [/\bmeta\.llama/, [['max_gen_len']]],
  [/\bai21\.j2/, [['maxTokens']]],
  [/\bopenai\./, [['max_completion_tokens'], ['max_tokens']]],
];

/** A body of a model whose id tells nothing (an operator's own profile) shows its family in its keys. */
const OWN_BY_KEY: readonly (readonly [string, readonly Path[]])[] = [
  ['inferenceConfig', [['inferenceConfig', 'maxTokens']]],
  ['inputText', [['textGenerationConfig', 'maxTokenCount']]],
  ['max_gen_len', [['max_gen_len']]],
];

function valueAt(record: JsonRecord, path: Path): unknown {
  let value: unknown = record;
  for (const key of path) value = isRecord(value) ? value[key] : undefined;
  return value;
}

/** The largest limit a body names; `null` where it names none. */
export function outputLimit(record: JsonRecord, converse: boolean): number | null {
  const limits = (converse ? CONVERSE_LIMITS : INVOKE_LIMITS)
    .map((path) => positive(valueAt(record, path)))
    .filter((limit) => limit !== null);
  return limits.length === 0 ? null : Math.max(...limits);
}

function ownLimits(record: JsonRecord, model: string): readonly Path[] {
  const byId = OWN_BY_ID.find(([ids]) => ids.test(model))?.[1];
  return byId ?? OWN_BY_KEY.find(([key]) => record[key] !== undefined)?.[1] ?? CHAT_OWN;
}

/** Lowers every limit that stands in the body to `most`, and puts the family's own there where none of its own stands. */
export function lowerLimit(
  body: Uint8Array,
  record: JsonRecord,
  { model, converse, most }: { readonly model: string; readonly converse: boolean; readonly most: number },
): Uint8Array {
  const own = converse ? CONVERSE_OWN : ownLimits(record, model);
  let edited = body;
  for (const path of converse ? CONVERSE_LIMITS : INVOKE_LIMITS) {
    const limit = valueAt(record, path);
    if (limit === undefined || (typeof limit === 'number' && limit <= most)) continue;
    edited = replaceAt(edited, path, most);
  }
  const [first] = own;
  const stands = own.some((path) => typeof valueAt(record, path) === 'number');
  return stands || first === undefined ? edited : replaceAt(edited, first, most, { insertMissing: true });
}
