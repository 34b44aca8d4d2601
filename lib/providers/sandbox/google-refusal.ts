/** Errors as Google's APIs give them. */
import { jsonAnswer, type SandboxAnswer } from './answer';

const STATUS_NAMES = { 400: 'INVALID_ARGUMENT', 404: 'NOT_FOUND' } as const;

/** `inArray`: what is asked for as a JSON array gets its error in one too. */
export function googleRefusal(
  code: keyof typeof STATUS_NAMES,
  message: string,
  requestId: string,
  inArray = false,
): SandboxAnswer {
  const body = { error: { code, message, status: STATUS_NAMES[code] } };
  return jsonAnswer(inArray ? [body] : body, { status: code, requestId });
}
