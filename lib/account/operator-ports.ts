/** What the operator's verbs need to know of the configuration: providers, their models and how models are priced. No keys. */
import type { ModelPrice, PriceBook } from '@/lib/domain/price';

export interface ConfiguredProvider {
  readonly name: string;
  readonly displayName: string;
  readonly formats: readonly string[];
}

/** A model that some provider lists, and the id of the price table it is billed by. */
export interface ListedModel {
  readonly provider: string;
  readonly model: string;
  readonly priceModel: string;
  /** Whether its provider is configured. */
  readonly configured: boolean;
  /** Its provider's answers say what they cost: it needs no price. */
  readonly reported: boolean;
}

export interface Reach {
  readonly name: string;
  readonly reachable: boolean;
  readonly latency_ms: number;
  /** Class of the last failure, `null` if it never failed. */
  readonly last_error: string | null;
}

export interface OperatorPorts {
  readonly providers: readonly ConfiguredProvider[];
  readonly models: readonly ListedModel[];
  /** Prices of models that the operator's own providers define. */
  readonly ownPrices: readonly ModelPrice[];
  /** The price book as the gateway lays it, over these overrides. */
  readonly bookOf: (overrides: readonly ModelPrice[]) => PriceBook;
  /** Whether providers can be reached now; asked seldom, however often this is called. */
  readonly reach: () => Promise<readonly Reach[]>;
}
