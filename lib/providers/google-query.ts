/** What of a caller's query Google's APIs get to see. */

/** The two forms of a stream; any other form of an answer could not be metered. */
const FORMS: ReadonlySet<string> = new Set(['sse', 'json']);
const NAMES = ['alt', '$alt'] as const;

/**
 * Google's system parameters can hide the usage (`fields`), change the answer's form (`alt=proto`, `callback`) or name
 * another account to bill (`quotaUser`), and a form's own parameters can turn tiers and endings into numbers
 * (`json;enum-encoding=int`): only the bare form of the answer passes.
 */
export function formOf(search: string): string {
  const asked = new URLSearchParams(search);
  const kept = new URLSearchParams();
  for (const name of NAMES) {
    const [form = ''] = (asked.get(name) ?? '').split(';');
    if (FORMS.has(form.toLowerCase())) kept.set(name, form);
  }
  return kept.size === 0 ? '' : `?${kept.toString()}`;
}
