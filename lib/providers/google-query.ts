/** What of a caller's query Google's APIs get to see. */

/** The two forms of a stream, and how numbers stand for enums; any other form of an answer could not be metered. */
const FORMS: ReadonlySet<string> = new Set(['sse', 'json', 'json;enum-encoding=int']);
const NAMES = ['alt', '$alt'] as const;

/**
 * Google's system parameters can hide the usage (`fields`), change the answer's form (`alt=proto`, `callback`) or name
 * another account to bill (`quotaUser`): only the form of the answer passes.
 */
export function formOf(search: string): string {
  const asked = new URLSearchParams(search);
  const kept = new URLSearchParams();
  for (const name of NAMES) {
    const value = asked.get(name);
    if (value !== null && FORMS.has(value.toLowerCase())) kept.set(name, value);
  }
  return kept.size === 0 ? '' : `?${kept.toString()}`;
}
