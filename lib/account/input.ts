/** Checks a verb's input against its schema and names every field that is wrong. */
import { z } from 'zod';
import { GatewayError } from '@/lib/domain/errors';

export interface FieldProblem {
  /** Dotted path in the input; empty for the input as a whole. */
  readonly field: string;
  readonly message: string;
}

/** `body_invalid`, with the problems apart so that a form can show each beside its field. */
export class InputError extends GatewayError {
  constructor(readonly fields: readonly FieldProblem[]) {
    super(
      'body_invalid',
      fields.map(({ field, message }) => (field === '' ? message : `${field}: ${message}`)).join('; '),
    );
  }
}

/** One problem of one field. */
export function inputError(field: string, message: string): InputError {
  return new InputError([{ field, message }]);
}

const schemaKeys = (schema: z.ZodType): string[] =>
  schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];

/**
 * The input as the schema reads it.
 * @throws InputError (`body_invalid`) naming each field
 */
export function parseInput<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const parsed = schema.safeParse(input, {
    error: (issue) =>
      issue.code === 'invalid_type' && issue.input === undefined ? 'is required' : undefined,
  });
  if (parsed.success) return parsed.data;
  throw new InputError(
    parsed.error.issues.flatMap((issue): FieldProblem[] => {
      if (issue.code !== 'unrecognized_keys')
        return [{ field: issue.path.join('.'), message: issue.message }];
      const allowed = issue.path.length === 0 ? `; allowed are ${schemaKeys(schema).join(', ')}` : '';
      return issue.keys.map((key) => ({
        field: [...issue.path, key].join('.'),
        message: `is not known here${allowed}`,
      }));
    }),
  );
}

/** A strict object of `key` and optional changes, of which at least one must be given. */
export function changeSchema<K extends z.ZodRawShape, C extends z.ZodRawShape>(key: K, changes: C) {
  const names = Object.keys(changes);
  return z
    .strictObject({ ...key, ...changes })
    .refine((input) => names.some((name) => (input as Record<string, unknown>)[name] !== undefined), {
      error: `nothing to change: give at least one of ${names.join(', ')}`,
    });
}
