import type { JsonSchema } from '@/lib/api/openapi';

/** One property of a schema, those inside it under dotted names. */
export interface SchemaRow {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly description: string;
  /** Name of the schema it refers to; `null` where it refers to none. */
  readonly refersTo: string | null;
}

const listOf = (value: unknown): readonly JsonSchema[] =>
  Array.isArray(value) ? (value as JsonSchema[]) : [];

export function refName(schema: JsonSchema | undefined): string | null {
  const ref = schema?.['$ref'] ?? (schema?.['items'] as JsonSchema | undefined)?.['$ref'];
  return typeof ref === 'string' ? (ref.split('/').at(-1) ?? null) : null;
}

/** A schema in a word or two. */
export function typeText(schema: JsonSchema): string {
  const named = schema['$ref'];
  if (typeof named === 'string') return named.split('/').at(-1) ?? '';
  const choices = listOf(schema['anyOf']);
  if (choices.length > 0) return [...new Set(choices.map(typeText))].join(' or ');
  if (Array.isArray(schema['enum'])) return schema['enum'].map((one) => JSON.stringify(one)).join(' or ');
  if ('const' in schema) return JSON.stringify(schema['const']);
  if (schema['type'] === 'array') return `list of ${typeText((schema['items'] ?? {}) as JsonSchema)}`;
  if (Array.isArray(schema['type'])) return schema['type'].join(' or ');
  const type = typeof schema['type'] === 'string' ? schema['type'] : 'anything';
  return typeof schema['format'] === 'string' ? schema['format'] : type;
}

/** What a validator checks beyond the type, in words. */
function limitsText(schema: JsonSchema): string {
  const told: readonly (readonly [string, string])[] = [
    ['minimum', 'at least'],
    ['maximum', 'at most'],
    ['maxLength', 'longest:'],
    ['default', 'without it:'],
  ];
  return told
    .flatMap(([name, word]) => {
      const value = schema[name];
      return value === undefined || (name === 'minimum' && value === 0)
        ? []
        : [`${word} ${JSON.stringify(value)}`];
    })
    .join(', ');
}

function describe(schema: JsonSchema): string {
  const text = typeof schema['description'] === 'string' ? schema['description'] : '';
  return [text, limitsText(schema)].filter((part) => part !== '').join(' · ');
}

/** The object inside a property: itself, or what its list holds. */
function inner(schema: JsonSchema): JsonSchema | null {
  const object = schema['type'] === 'array' ? ((schema['items'] ?? {}) as JsonSchema) : schema;
  return object['properties'] === undefined ? null : object;
}

export function schemaRows(schema: JsonSchema, prefix = ''): SchemaRow[] {
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, JsonSchema>>;
  const required = (schema['required'] ?? []) as readonly string[];
  return Object.entries(properties).flatMap(([name, property]) => {
    const row = {
      name: `${prefix}${name}`,
      type: typeText(property),
      required: required.includes(name),
      description: describe(property),
      refersTo: refName(property),
    };
    const object = inner(property);
    const dots = property['type'] === 'array' ? '[].' : '.';
    return [row, ...(object === null ? [] : schemaRows(object, `${row.name}${dots}`))];
  });
}
