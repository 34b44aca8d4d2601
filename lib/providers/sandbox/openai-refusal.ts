/** Errors as OpenAI's API gives them, and the checks its endpoints share. */
import { jsonAnswer, type SandboxAnswer } from './answer';
import { type Fields, isCount } from './loose-json';

export interface OpenAiProblem {
  readonly message: string;
  readonly param?: string | null;
  readonly code?: string | null;
}

export function openAiRefusal(status: number, problem: OpenAiProblem, requestId: string): SandboxAnswer {
  const { message, param = null, code = null } = problem;
  return jsonAnswer(
    { error: { message, type: 'invalid_request_error', param, code } },
    { status, requestId },
  );
}

/** The refusal of a path the sandbox has nothing for. */
export function nothingHere(requestId: string): SandboxAnswer {
  return openAiRefusal(404, { message: 'The sandbox has nothing at this path.' }, requestId);
}

export function missing(param: string): OpenAiProblem {
  return {
    message: `Missing required parameter: '${param}'.`,
    param,
    code: 'missing_required_parameter',
  };
}

/** A whole number within bounds, where the body gives one at all. */
export function rangeProblem(
  body: Fields,
  param: string,
  least: number,
  most = Infinity,
): OpenAiProblem | null {
  const value = body[param];
  if (value === undefined || value === null) return null;
  if (!isCount(value)) {
    const message = `Invalid type for '${param}': expected an integer.`;
    return { message, param, code: 'invalid_type' };
  }
  if (value < least) {
    const message = `Invalid '${param}': integer below minimum value. Expected a value >= ${least}, but got ${value} instead.`;
    return { message, param, code: 'integer_below_min_value' };
  }
  if (value <= most) return null;
  const message = `Invalid '${param}': integer above maximum value. Expected a value <= ${most}, but got ${value} instead.`;
  return { message, param, code: 'integer_above_max_value' };
}

/** A list with something in it. */
export function listProblem(body: Fields, param: string): OpenAiProblem | null {
  const value = body[param];
  if (value === undefined || value === null) return missing(param);
  if (!Array.isArray(value)) {
    const message = `Invalid type for '${param}': expected an array of objects.`;
    return { message, param, code: 'invalid_type' };
  }
  if (value.length > 0) return null;
  const message = `Invalid '${param}': empty array. Expected an array with minimum length 1, but got an empty array instead.`;
  return { message, param, code: 'empty_array' };
}

export function modelProblem({ model }: Fields): OpenAiProblem | null {
  return typeof model === 'string' ? null : { message: 'you must provide a model parameter' };
}

/** Unix seconds. */
export function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}
