/** What a token used this month: against its own caps where it has some, else as plain figures. */
import type { TokenView } from '@/lib/account/present';
import type { TokenMonthView } from '@/lib/account/read-token-months';
import { type CapName, capState } from '@/lib/domain/cap-state';
import { NANO_USD_PER_CENT } from '@/lib/domain/plan';
import type { Formats } from '../formats';
import { Meter } from '../ui/meter';

const NOTHING: TokenMonthView = {
  requests: 0,
  tokens_used: 0,
  tokens_held: 0,
  nano_usd_used: 0,
  nano_usd_held: 0,
};

interface UseProps {
  readonly token: TokenView;
  readonly month: TokenMonthView | undefined;
  readonly formats: Formats;
}

interface CapProps {
  readonly label: string;
  readonly cap: CapName;
  readonly limit: number;
  readonly used: number;
  readonly held: number;
  readonly show: (value: number) => string;
}

/** A share of the cap; a cap of nothing is used up. */
const share = (value: number, limit: number): number => (limit === 0 ? 1 : Math.min(1, value / limit));

function CapMeter({ label, cap, limit, used, held, show }: CapProps) {
  const facts = { cap, limit, used, held, perDay: 0, nowMs: 0, resetsAtMs: 0, blockedAtMs: null };
  const text = `${show(used)} of ${show(limit)}`;
  return (
    <div>
      <Meter
        label={label}
        text={held > 0 ? `${text}, ${show(held)} held by running calls` : text}
        used={share(used, limit)}
        held={share(held, limit)}
        level={capState(facts).level}
      />
      <p className="figures mt-0.5 text-xs whitespace-nowrap text-quiet">{text}</p>
    </div>
  );
}

export function TokenUse({ token, month = NOTHING, formats }: UseProps) {
  const { monthly_tokens: tokens, monthly_cost_cents: cents } = token;
  if (tokens === null && cents === null)
    return (
      <span className="figures whitespace-nowrap">
        {formats.usd(month.nano_usd_used)}
        <span className="block text-xs text-quiet">{formats.compact(month.tokens_used)} tokens</span>
      </span>
    );
  return (
    <div className="flex min-w-36 flex-col gap-1.5">
      {tokens !== null && (
        <CapMeter
          label={`Tokens of ${token.name} this month`}
          cap="tokens"
          limit={tokens}
          used={month.tokens_used}
          held={month.tokens_held}
          show={(value) => formats.compact(value)}
        />
      )}
      {cents !== null && (
        <CapMeter
          label={`Money of ${token.name} this month`}
          cap="cost"
          limit={cents * NANO_USD_PER_CENT}
          used={month.nano_usd_used}
          held={month.nano_usd_held}
          show={formats.usd}
        />
      )}
    </div>
  );
}
