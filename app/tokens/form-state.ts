/** What the forms of tokens answer: what is wrong with what was sent, or the new secret, this once. */
import type { TokenWish } from './token-form';

export interface SecretSnippet {
  readonly id: string;
  /** The program it is for. */
  readonly client: string;
  readonly place: string;
  readonly text: string;
}

/** A token whose secret was just made. It lives in this answer alone. */
export interface MadeToken {
  readonly id: string;
  readonly name: string;
  readonly secret: string;
  readonly snippets: readonly SecretSnippet[];
  /** What becomes of the token it replaces, in a sentence; `null` when it replaces none. */
  readonly replaced: string | null;
}

export interface FormState {
  /** Grows with every answer: fields are then made anew with what was sent. */
  readonly answers: number;
  readonly wish: TokenWish;
  /** Problems by field. */
  readonly fields: Readonly<Record<string, string>>;
  /** What is wrong with the form as a whole. */
  readonly problem: string | null;
  readonly made: MadeToken | null;
}

export const OVERLAPS = [
  ['0', 'At once'],
  ['3600', 'In 1 hour'],
  ['86400', 'In 1 day'],
  ['604800', 'In 7 days'],
] as const;
