/** Turns zod schemas into the JSON Schema of an OpenAPI document. */
import { z } from 'zod';
import { VIEWS } from '../answers';
import type { JsonSchema } from './shapes';

const PREFIX = '#/components/schemas/';

/** zod says `integer` by naming the largest exact one. */
const isSafeBound = (value: unknown) => Math.abs(Number(value)) === Number.MAX_SAFE_INTEGER;

/** What only a validator wants: `format` says the same for readers. */
function plainly({ jsonSchema }: { readonly jsonSchema: Record<string, unknown> }): void {
  if (jsonSchema['format'] !== undefined) delete jsonSchema['pattern'];
  if (isSafeBound(jsonSchema['maximum'])) delete jsonSchema['maximum'];
  if (isSafeBound(jsonSchema['minimum'])) delete jsonSchema['minimum'];
}

const TARGET = { target: 'draft-2020-12', unrepresentable: 'any', override: plainly } as const;

/** 3.1's schemas are JSON Schema 2020-12 already: the document itself says so. */
function withoutHead({ $schema: _dialect, $id: _place, ...schema }: Record<string, unknown>): JsonSchema {
  return schema;
}

/** The named schemas of answers; where one holds another it refers to it. */
export function answerSchemas(): Record<string, JsonSchema> {
  const registry = z.registry<{ id: string }>();
  for (const [id, view] of Object.entries(VIEWS)) registry.add(view, { id });
  const { schemas } = z.toJSONSchema(registry, { ...TARGET, io: 'output', uri: (id) => `${PREFIX}${id}` });
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, withoutHead(schema)]));
}

export interface ObjectSchema extends JsonSchema {
  readonly properties: Readonly<Record<string, JsonSchema>>;
  readonly required: readonly string[];
}

/** The schema of an input as callers write it. */
export function inputSchema(input: z.ZodType): ObjectSchema {
  const schema = withoutHead(z.toJSONSchema(input, { ...TARGET, io: 'input' }));
  return {
    ...schema,
    properties: (schema['properties'] ?? {}) as ObjectSchema['properties'],
    required: (schema['required'] ?? []) as ObjectSchema['required'],
  };
}

export const refTo = (name: string): JsonSchema => ({ $ref: `${PREFIX}${name}` });
