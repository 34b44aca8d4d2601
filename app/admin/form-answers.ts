/** Reads the forms of the operator's pages and tells what became of them; on the server only. */
import { InputError } from '@/lib/account/input';
import { GatewayError } from '@/lib/domain/errors';
import { type FormState, UNTOUCHED } from './form-state';

/** The texts of a form, trimmed. Files are no business of ours. */
export function textsOf(form: FormData): Record<string, string> {
  const texts = [...form.entries()].filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return Object.fromEntries(texts.map(([name, text]) => [name, text.trim()]));
}

/** @throws what is no refusal of a verb */
export function failedState(error: unknown, values: Readonly<Record<string, string>>): FormState {
  if (!(error instanceof GatewayError)) throw error;
  if (!(error instanceof InputError)) return { ...UNTOUCHED, problem: error.message, values };
  const fields = Object.fromEntries(
    error.fields.map(({ field, message }) => [field.split('.')[0] ?? '', message]),
  );
  // What no field of the form is to blame for is said above it.
  const general = Object.entries(fields).find(([field]) => !(field in values));
  const problem = general === undefined ? 'Nothing was changed. See below.' : general.join(' ').trim();
  return { ...UNTOUCHED, problem, fields, values };
}

/** The verbs count in small units; who typed dollars is told of dollars. */
export function inDollars(state: FormState, names: readonly string[]): FormState {
  const fields = Object.entries(state.fields).map(([name, message]): [string, string] => [
    name,
    names.includes(name) && message !== 'is required'
      ? 'must be an amount in dollars, such as 20 or 0.25'
      : message,
  ]);
  return { ...state, fields: Object.fromEntries(fields) };
}

/** A whole number as people write them, `1 000 000` or `1,000,000`; what is none goes on as it is, for the verb to refuse. */
export function wholeNumberOf(text: string | undefined): number | string | null {
  const bare = (text ?? '').replaceAll(/[\s,_]/g, '');
  if (bare === '') return null;
  return /^\d+$/.test(bare) ? Number(bare) : (text ?? '');
}

/** Dollars as people write them, as a multiple of a small unit; cut from the text, never computed in floats. */
export function dollarsOf(text: string | undefined, decimals: number): number | string | null {
  const bare = (text ?? '').replaceAll(/[\s,_$]/g, '');
  if (bare === '') return null;
  const [, whole, fraction = ''] = /^(\d+)(?:\.(\d+))?$/.exec(bare) ?? [];
  if (whole === undefined || fraction.length > decimals) return text ?? '';
  return Number(whole + fraction.padEnd(decimals, '0'));
}

/** One name per line, or between commas. */
export function linesOf(text: string | undefined): string[] | null {
  const lines = (text ?? '').split(/[\n,]/).map((line) => line.trim());
  const named = lines.filter((line) => line !== '');
  return named.length === 0 ? null : named;
}
