/** The files of the operator's pages: for each the rows of its page, of all its pages, under the same filter. */
import type { AccountContext } from '@/lib/account/context';
import { listAudit } from '@/lib/account/list-audit';
import { listCustomers } from '@/lib/account/list-customers';
import { listEvents } from '@/lib/account/list-events';
import { listPlanUse } from '@/lib/account/list-plan-use';
import { listPriceTable } from '@/lib/account/list-price-table';
import type { OperatorPorts } from '@/lib/account/operator-ports';
import type { Page } from '@/lib/account/page';
import { readActivity } from '@/lib/account/read-activity';
import { readProviders } from '@/lib/account/read-providers';
import { readRefusals } from '@/lib/account/read-refusals';
import { readUsage } from '@/lib/account/read-usage';
import { type CsvRow, csvOf } from '../csv';

type Asked = Readonly<Record<string, string>>;

export interface TableFile {
  readonly csv: string;
  /** More rows were there than a file takes. */
  readonly truncated: boolean;
}

/** A spreadsheet's patience, and what one answer may hold in memory. */
const MOST_ROWS = 50_000;
const ROWS_AT_ONCE = 200;

/** Every page of a list, one after the other. */
async function everyPage<T>(
  list: (input: object) => Promise<Page<T>>,
  query: Asked,
): Promise<{ readonly rows: T[]; readonly truncated: boolean }> {
  const rows: T[] = [];
  let cursor: string | null = null;
  do {
    const from: Asked = cursor === null ? query : { ...query, cursor };
    const page: Page<T> = await list({ ...from, limit: ROWS_AT_ONCE });
    rows.push(...page.data);
    cursor = page.next_cursor;
  } while (cursor !== null && rows.length < MOST_ROWS);
  return { rows, truncated: cursor !== null };
}

const words = (text: string): readonly string[] => text.split(' ');

const CUSTOMERS = words(
  'user name email plan suspended month spend_nano_usd held_nano_usd price_cents margin_nano_usd ' +
    'margin_percent nearest_cap cap_level cap_percent tokens_used tokens_held tokens_limit ' +
    'cost_limit_nano_usd requests last_call_at created_at',
);
const CUSTOMER_DAYS = words(
  'user day requests refusals input_tokens cache_read_tokens cache_write_5m_tokens cache_write_1h_tokens ' +
    'output_tokens reasoning_tokens counted_tokens cost_nano_usd',
);
const PLANS = words(
  'plan month customers spend_nano_usd over_tokens over_cost over_any price_cents monthly_tokens ' +
    'monthly_cost_cents rate_limit_rpm rate_limit_tpm count_cache_reads models listed description ' +
    'stripe_price_id updated_at',
);
const PROVIDERS = words(
  'provider model from to requests refusals broken cancelled expired error_percent first_byte_ms ' +
    'duration_ms estimated unpriced prompt_tokens output_tokens cost_nano_usd',
);
const PRICES = words(
  'model providers input_nano_usd output_nano_usd cache_read_nano_usd cache_write_5m_nano_usd ' +
    'cache_write_1h_nano_usd web_search_nano_usd tiers effective_from age_days source version',
);
const REFUSALS = words('day reason refusals');
const REFUSED_CUSTOMERS = words('user name refusals main_reason of_main_reason from to');
const ACTIVITY = words('day rule user name subject unit value usual times');
const EVENTS = words('id type user created_at state attempts next_attempt_at delivered_at last_error facts');
const AUDIT = words('id at actor_kind actor_id action object_kind object_id user before after');

const whole = (rows: readonly CsvRow[], columns: readonly string[]): TableFile => ({
  csv: csvOf(rows, columns),
  truncated: false,
});

type Table = (account: AccountContext, query: Asked, ports: OperatorPorts) => Promise<TableFile>;

export const TABLES: Readonly<Record<string, Table>> = {
  async customers(account, query) {
    const { rows, truncated } = await everyPage((input) => listCustomers(account, input), query);
    const lines = rows.map(({ cap, ...line }) => ({
      ...line,
      nearest_cap: cap.cap,
      cap_level: cap.level,
      cap_percent: cap.percent,
    }));
    return { csv: csvOf(lines, CUSTOMERS), truncated };
  },
  /** One customer's days: this month's, or those between `from` and `to`. */
  async customer(account, query) {
    const { user, days } = await readUsage(account, query, { peekMinute: null });
    return whole(
      days.map((day) => ({ user, ...day })),
      CUSTOMER_DAYS,
    );
  },
  async plans(account, query) {
    const { data } = await listPlanUse(account, query);
    const lines = data.map(({ over, models, ...plan }) => ({
      ...plan,
      models: models === null ? null : models.join(' '),
      over_tokens: over.tokens,
      over_cost: over.cost,
      over_any: over.any,
    }));
    return whole(lines, PLANS);
  },
  async providers(account, query, ports) {
    const { models, providers, from, to } = await readProviders(account, query, ports);
    const all = providers.map(({ formats: _f, steps: _s, ...row }) => ({ ...row, model: '' }));
    return whole(
      [...all, ...models].map((row) => ({ ...row, from, to })),
      PROVIDERS,
    );
  },
  async refusals(account, query) {
    const { days } = await readRefusals(account, query);
    return whole(days, REFUSALS);
  },
  async 'refused-customers'(account, query) {
    const { customers, from, to } = await readRefusals(account, query);
    return whole(
      customers.map((row) => ({ ...row, from, to })),
      REFUSED_CUSTOMERS,
    );
  },
  async activity(account, query) {
    const { day, findings } = await readActivity(account, query);
    return whole(
      findings.map((finding) => ({ day, ...finding })),
      ACTIVITY,
    );
  },
  async prices(account, query, ports) {
    const { prices } = await listPriceTable(account, query, ports);
    const lines = prices.map((line) => ({
      model: line.model,
      providers: line.providers.join(' '),
      input_nano_usd: line.input,
      output_nano_usd: line.output,
      cache_read_nano_usd: line.cache_read,
      cache_write_5m_nano_usd: line.cache_write_5m,
      cache_write_1h_nano_usd: line.cache_write_1h,
      web_search_nano_usd: line.web_search,
      tiers: line.tiers.length === 0 ? null : JSON.stringify(line.tiers),
      effective_from: line.effective_from,
      age_days: line.age_days,
      source: line.source,
      version: line.version,
    }));
    return whole(lines, PRICES);
  },
  async events(account, query) {
    const { rows, truncated } = await everyPage((input) => listEvents(account, input), query);
    const lines = rows.map(({ facts, ...event }) => ({ ...event, facts: JSON.stringify(facts) }));
    return { csv: csvOf(lines, EVENTS), truncated };
  },
  async audit(account, query) {
    const { rows, truncated } = await everyPage((input) => listAudit(account, input), query);
    const json = (value: unknown) => (value === null ? null : JSON.stringify(value));
    const lines = rows.map((entry) => ({ ...entry, before: json(entry.before), after: json(entry.after) }));
    return { csv: csvOf(lines, AUDIT), truncated };
  },
};
