/** What became of a form: the same for every form of the operator's pages, with and without scripts. */
export interface FormState {
  readonly done: string | null;
  readonly problem: string | null;
  /** What is wrong, by the field's name. */
  readonly fields: Readonly<Record<string, string>>;
  /** What was typed, so that nobody types it twice. */
  readonly values: Readonly<Record<string, string>>;
  /** What is shown this once, such as a link. */
  readonly secret: { readonly url: string; readonly expiresAt: string } | null;
}

export type FormAction = (before: FormState, form: FormData) => Promise<FormState>;

export const UNTOUCHED: FormState = { done: null, problem: null, fields: {}, values: {}, secret: null };

export const doneState = (done: string): FormState => ({ ...UNTOUCHED, done });
