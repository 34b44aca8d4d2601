/** Anthropic's prices in nano-USD per million tokens (platform.claude.com/docs/en/about-claude/pricing). */
import type { ModelPrice, Rates, RateTier } from '@/lib/domain/price';
import { claudeRates, row } from '@/lib/domain/prices/rates';

/** $10 per 1,000 searches. */
const WEB_SEARCH = 10_000_000;
const NO_WEB_SEARCH = 0;

/** From Claude 4.5 on AWS and Google charge a tenth more on regional endpoints than on their global ones. */
const CLAUDE_4_5 = /^claude-(opus|sonnet|haiku)-4-5$/;

/** US-only inference costs 1.1 × from Claude 4.6 on; fast mode is sold on Opus alone: 6 × on 4.6 and 4.7, 2 × after. */
const FROM_4_6 = /^claude-(opus|sonnet)-(4-[6-9]|5)|^claude-(fable|mythos|haiku)-5/;
const FAST_6X = /^claude-opus-4-[67]$/;
const FAST_2X = /^claude-opus-(4-8|5)/;

function premiumsOf(model: string): Pick<ModelPrice, 'premiums'> {
  if (CLAUDE_4_5.test(model)) return { premiums: { regional: 110 } };
  if (!FROM_4_6.test(model)) return { premiums: {} };
  const residency = { 'us-only': 110, regional: 110 };
  if (FAST_6X.test(model)) return { premiums: { ...residency, fast: 600 } };
  return { premiums: FAST_2X.test(model) ? { ...residency, fast: 200 } : residency };
}

function claude(
  model: string,
  effectiveFrom: string,
  rates: Rates,
  { tiers = [], webSearch = WEB_SEARCH }: { tiers?: readonly RateTier[]; webSearch?: number } = {},
): ModelPrice {
  return row({ model, effectiveFrom, ...rates, tiers, webSearch, ...premiumsOf(model) });
}

/** Until 2026-03-13, prompts over 200,000 tokens cost twice the input and 1.5 times the output. */
const LONG_SONNET: RateTier = { abovePromptTokens: 200_000, ...claudeRates(6_000_000_000, 22_500_000_000) };
const LONG_OPUS: RateTier = { abovePromptTokens: 200_000, ...claudeRates(10_000_000_000, 37_500_000_000) };

const OPUS_3 = claudeRates(15_000_000_000, 75_000_000_000);
const OPUS_4_5 = claudeRates(5_000_000_000, 25_000_000_000);
const SONNET_3 = claudeRates(3_000_000_000, 15_000_000_000);
const SONNET_5 = claudeRates(2_000_000_000, 10_000_000_000);
const FABLE_5 = claudeRates(10_000_000_000, 50_000_000_000);
const FABLE_5_1 = claudeRates(10_000_000_000, 50_000_000_000, 25);

/** Claude 2 sold no prompt caching; a cache count, were there one, would be plain input. */
const CLAUDE_2: Rates = {
  input: 8_000_000_000,
  output: 24_000_000_000,
  cacheRead: 8_000_000_000,
  cacheWrite5m: 8_000_000_000,
  cacheWrite1h: 8_000_000_000,
};

export const ANTHROPIC_PRICES: readonly ModelPrice[] = [
  claude('claude-2.0', '2023-07-11', CLAUDE_2, { webSearch: NO_WEB_SEARCH }),
  claude('claude-2.1', '2023-11-21', CLAUDE_2, { webSearch: NO_WEB_SEARCH }),
  claude('claude-3-opus', '2024-03-04', OPUS_3, { webSearch: NO_WEB_SEARCH }),
  claude('claude-3-sonnet', '2024-03-04', SONNET_3, { webSearch: NO_WEB_SEARCH }),
  // The list rounds Haiku 3's cache rates ($0.30 and $0.03), so the multipliers don't give them.
  claude(
    'claude-3-haiku',
    '2024-03-13',
    {
      input: 250_000_000,
      output: 1_250_000_000,
      cacheRead: 30_000_000,
      cacheWrite5m: 300_000_000,
      cacheWrite1h: 500_000_000,
    },
    { webSearch: NO_WEB_SEARCH },
  ),
  claude('claude-3-5-sonnet', '2024-06-20', SONNET_3),
  claude('claude-3-5-haiku', '2024-11-04', claudeRates(800_000_000, 4_000_000_000)),
  claude('claude-3-7-sonnet', '2025-02-24', SONNET_3),
  claude('claude-opus-4-0', '2025-05-22', OPUS_3),
  // genai-prices has no long tier here; Anthropic's list had one while the 1M-token beta ran on Sonnet 4.
  claude('claude-sonnet-4-0', '2025-05-22', SONNET_3, { tiers: [LONG_SONNET] }),
  claude('claude-opus-4-1', '2025-08-05', OPUS_3),
  claude('claude-sonnet-4-5', '2025-09-29', SONNET_3, { tiers: [LONG_SONNET] }),
  claude('claude-haiku-4-5', '2025-10-15', claudeRates(1_000_000_000, 5_000_000_000)),
  claude('claude-opus-4-5', '2025-11-24', OPUS_4_5),
  claude('claude-opus-4-6', '2026-02-05', OPUS_4_5, { tiers: [LONG_OPUS] }),
  claude('claude-opus-4-6', '2026-03-13', OPUS_4_5),
  claude('claude-sonnet-4-6', '2026-02-17', SONNET_3, { tiers: [LONG_SONNET] }),
  claude('claude-sonnet-4-6', '2026-03-13', SONNET_3),
  claude('claude-opus-4-7', '2026-04-16', OPUS_4_5),
  claude('claude-opus-4-8', '2026-05-28', OPUS_4_5),
  claude('claude-fable-5', '2026-06-09', FABLE_5),
  claude('claude-mythos-5', '2026-06-09', FABLE_5),
  // The rise to $3 / $15 once announced for 2026-09-01 was called off.
  claude('claude-sonnet-5', '2026-06-30', SONNET_5),
  claude('claude-opus-5', '2026-07-24', OPUS_4_5),
  claude('claude-fable-5-1', '2026-09-01', FABLE_5_1),
  claude('claude-mythos-5-1', '2026-09-01', FABLE_5_1),
  claude('claude-opus-5-5', '2026-09-22', claudeRates(4_000_000_000, 20_000_000_000, 50)),
  claude('claude-sonnet-5-5', '2026-09-28', SONNET_5),
  // Reads were halved to 0.05 × input on 2026-10-07; lists copied in September still say 0.1 ×.
  claude('claude-sonnet-5-5', '2026-10-07', claudeRates(2_000_000_000, 10_000_000_000, 50)),
  claude('claude-fable-5-2', '2026-11-09', claudeRates(8_000_000_000, 40_000_000_000, 25)),
  claude('claude-haiku-5-5', '2026-10-07', claudeRates(100_000_000, 500_000_000), {
    tiers: [{ abovePromptTokens: 100_000, ...claudeRates(500_000_000, 2_500_000_000) }],
  }),
];
