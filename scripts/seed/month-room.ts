/** Keeps the seeded customers within their plans' caps, month by month, and steers some to a share of them. */
import { monthOf } from '@/lib/domain/month';
import type { SeedCustomer } from './customers';
import { capsOf } from './plans';

interface Used {
  tokens: number;
  nanoUsd: number;
}

export interface MonthRoom {
  /** `null`: it fits and is counted. A reason: the gateway would refuse it. `quiet`: the customer makes no more calls. */
  take(
    customer: SeedCustomer,
    atMs: number,
    tokens: number,
    nanoUsd: number,
  ): null | 'monthly_tokens_used_up' | 'monthly_cost_used_up' | 'quiet';
  /** Counts a call whatever room there is. */
  add(customer: SeedCustomer, atMs: number, tokens: number, nanoUsd: number): void;
  /** What is left until the customer's aim, in the unit of the aimed cap. */
  untilAim(customer: SeedCustomer, atMs: number): number;
}

/** @param untilMs in whose month customers are steered; in others they have their whole caps */
export function createMonthRoom(untilMs: number): MonthRoom {
  const aimedMonth = monthOf(untilMs);
  const months = new Map<string, Map<string, Used>>();

  function usedBy(customer: SeedCustomer, month: string): Used {
    let customers = months.get(month);
    if (customers === undefined) months.set(month, (customers = new Map()));
    let used = customers.get(customer.id);
    if (used === undefined) customers.set(customer.id, (used = { tokens: 0, nanoUsd: 0 }));
    return used;
  }

  function add(customer: SeedCustomer, atMs: number, tokens: number, nanoUsd: number): void {
    const used = usedBy(customer, monthOf(atMs));
    used.tokens += tokens;
    used.nanoUsd += nanoUsd;
  }

  return {
    add,
    take(customer, atMs, tokens, nanoUsd) {
      const month = monthOf(atMs);
      const used = usedBy(customer, month);
      const caps = capsOf(customer.plan);
      const { aim } = customer;
      if (aim !== null && month === aimedMonth) {
        const beyond =
          aim.cap === 'tokens'
            ? used.tokens + tokens > caps.tokens * aim.share
            : used.nanoUsd + nanoUsd > caps.nanoUsd * aim.share;
        if (beyond && aim.share < 1) return 'quiet';
      }
      if (used.tokens + tokens > caps.tokens) return 'monthly_tokens_used_up';
      if (used.nanoUsd + nanoUsd > caps.nanoUsd) return 'monthly_cost_used_up';
      add(customer, atMs, tokens, nanoUsd);
      return null;
    },
    untilAim(customer, atMs) {
      const { aim } = customer;
      if (aim === null) return 0;
      const used = usedBy(customer, monthOf(atMs));
      const caps = capsOf(customer.plan);
      return aim.cap === 'tokens'
        ? caps.tokens * aim.share - used.tokens
        : caps.nanoUsd * aim.share - used.nanoUsd;
    },
  };
}
