/** Prices of Vertex's own text embeddings in nano-USD per million tokens (cloud.google.com/vertex-ai/pricing). */
import type { ModelPrice } from '@/lib/domain/price';
import { listedRates, row } from '@/lib/domain/prices/rates';

/** Vertex charges $0.000025 per 1,000 characters; usage counts tokens, of which Google reckons four characters each. */
const PER_MILLION_TOKENS = 100_000_000;

const embedding = (model: string, effectiveFrom: string): ModelPrice =>
  row({ model, effectiveFrom, ...listedRates(PER_MILLION_TOKENS, 0), tiers: [], webSearch: 0 });

export const VERTEX_PRICES: readonly ModelPrice[] = [
  embedding('text-embedding-005', '2024-11-18'),
  embedding('text-multilingual-embedding-002', '2024-05-14'),
];
