/** One model as the catalogue knows it. */

export interface ModelEntry {
  /** The id callers use and prices are kept under, e.g. `claude-sonnet-4-5`. */
  readonly id: string;
  /** Other ids for the same model (dated snapshots, `-latest`). */
  readonly aliases: readonly string[];
  readonly displayName: string;
  /** Release instant, ISO 8601. */
  readonly createdAt: string;
  readonly contextTokens: number;
  readonly maxOutputTokens: number;
  readonly kind: 'chat' | 'embedding';
  /** Priced as this model of the table; default: its own id. */
  readonly priceId?: string;
  /** No longer offered by its provider: left out of lists, still known for prices. */
  readonly retired?: true;
}
