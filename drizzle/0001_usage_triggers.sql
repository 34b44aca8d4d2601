-- The counters follow the rows: whoever inserts or settles a row, by whatever path, keeps caps and rollups right in the same transaction.
CREATE TRIGGER `llm_usage_hold` AFTER INSERT ON `llm_usage` WHEN NEW.ending IS NULL
BEGIN
  INSERT INTO usage_months (user_id, month, tokens_held, nano_usd_held)
  VALUES (NEW.user_id, NEW.month, NEW.hold_tokens, NEW.hold_nano_usd)
  ON CONFLICT (user_id, month) DO UPDATE SET
    tokens_held = tokens_held + excluded.tokens_held,
    nano_usd_held = nano_usd_held + excluded.nano_usd_held;
END;
--> statement-breakpoint
CREATE TRIGGER `llm_usage_settle` AFTER UPDATE OF ending ON `llm_usage` WHEN OLD.ending IS NULL AND NEW.ending IS NOT NULL
BEGIN
  UPDATE usage_months SET
    tokens_held = tokens_held - OLD.hold_tokens,
    nano_usd_held = nano_usd_held - OLD.hold_nano_usd,
    tokens_committed = tokens_committed + NEW.counted_tokens,
    nano_usd_committed = nano_usd_committed + coalesce(NEW.cost_nano_usd, 0),
    requests = requests + (NEW.ending <> 'refused')
  WHERE user_id = NEW.user_id AND month = NEW.month;
  INSERT INTO usage_days (
    user_id, day, provider, model, token_id, agent, campaign, requests, refusals,
    input_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, output_tokens, reasoning_tokens,
    counted_tokens, cost_nano_usd
  ) VALUES (
    NEW.user_id, date(NEW.timestamp, 'unixepoch'), NEW.provider, NEW.model,
    coalesce(NEW.token_id, ''), coalesce(NEW.agent, ''), coalesce(NEW.campaign, ''),
    NEW.ending <> 'refused', NEW.ending = 'refused',
    coalesce(NEW.input_tokens, 0), coalesce(NEW.cache_read_tokens, 0), coalesce(NEW.cache_write_5m_tokens, 0),
    coalesce(NEW.cache_write_1h_tokens, 0), coalesce(NEW.output_tokens, 0), coalesce(NEW.reasoning_tokens, 0),
    NEW.counted_tokens, coalesce(NEW.cost_nano_usd, 0)
  )
  ON CONFLICT (user_id, day, provider, model, token_id, agent, campaign) DO UPDATE SET
    requests = requests + excluded.requests,
    refusals = refusals + excluded.refusals,
    input_tokens = input_tokens + excluded.input_tokens,
    cache_read_tokens = cache_read_tokens + excluded.cache_read_tokens,
    cache_write_5m_tokens = cache_write_5m_tokens + excluded.cache_write_5m_tokens,
    cache_write_1h_tokens = cache_write_1h_tokens + excluded.cache_write_1h_tokens,
    output_tokens = output_tokens + excluded.output_tokens,
    reasoning_tokens = reasoning_tokens + excluded.reasoning_tokens,
    counted_tokens = counted_tokens + excluded.counted_tokens,
    cost_nano_usd = cost_nano_usd + excluded.cost_nano_usd;
END;
--> statement-breakpoint
CREATE TRIGGER `llm_usage_refuse` AFTER INSERT ON `llm_usage` WHEN NEW.ending IS NOT NULL
BEGIN
  INSERT INTO usage_months (user_id, month, tokens_committed, nano_usd_committed, requests)
  VALUES (NEW.user_id, NEW.month, NEW.counted_tokens, coalesce(NEW.cost_nano_usd, 0), NEW.ending <> 'refused')
  ON CONFLICT (user_id, month) DO UPDATE SET
    tokens_committed = tokens_committed + excluded.tokens_committed,
    nano_usd_committed = nano_usd_committed + excluded.nano_usd_committed,
    requests = requests + excluded.requests;
  INSERT INTO usage_days (
    user_id, day, provider, model, token_id, agent, campaign, requests, refusals,
    input_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, output_tokens, reasoning_tokens,
    counted_tokens, cost_nano_usd
  ) VALUES (
    NEW.user_id, date(NEW.timestamp, 'unixepoch'), NEW.provider, NEW.model,
    coalesce(NEW.token_id, ''), coalesce(NEW.agent, ''), coalesce(NEW.campaign, ''),
    NEW.ending <> 'refused', NEW.ending = 'refused',
    coalesce(NEW.input_tokens, 0), coalesce(NEW.cache_read_tokens, 0), coalesce(NEW.cache_write_5m_tokens, 0),
    coalesce(NEW.cache_write_1h_tokens, 0), coalesce(NEW.output_tokens, 0), coalesce(NEW.reasoning_tokens, 0),
    NEW.counted_tokens, coalesce(NEW.cost_nano_usd, 0)
  )
  ON CONFLICT (user_id, day, provider, model, token_id, agent, campaign) DO UPDATE SET
    requests = requests + excluded.requests,
    refusals = refusals + excluded.refusals,
    input_tokens = input_tokens + excluded.input_tokens,
    cache_read_tokens = cache_read_tokens + excluded.cache_read_tokens,
    cache_write_5m_tokens = cache_write_5m_tokens + excluded.cache_write_5m_tokens,
    cache_write_1h_tokens = cache_write_1h_tokens + excluded.cache_write_1h_tokens,
    output_tokens = output_tokens + excluded.output_tokens,
    reasoning_tokens = reasoning_tokens + excluded.reasoning_tokens,
    counted_tokens = counted_tokens + excluded.counted_tokens,
    cost_nano_usd = cost_nano_usd + excluded.cost_nano_usd;
END;
--> statement-breakpoint
CREATE TRIGGER `llm_usage_settled_once` BEFORE UPDATE OF ending ON `llm_usage` WHEN OLD.ending IS NOT NULL AND NEW.ending IS NOT OLD.ending
BEGIN
  SELECT RAISE(ABORT, 'a settled call can''t be settled again');
END;
--> statement-breakpoint
CREATE TRIGGER `llm_usage_kept` BEFORE DELETE ON `llm_usage` WHEN OLD.ending IS NULL
BEGIN
  SELECT RAISE(ABORT, 'a running call can''t be deleted: settle it first');
END;
--> statement-breakpoint
INSERT INTO plan_limits (plan, monthly_tokens, monthly_cost_cents, rate_limit_rpm, rate_limit_tpm) VALUES
  ('starter', 1000000, 1000, 20, 40000),
  ('pro', 5000000, 5000, 60, 100000),
  ('business', 20000000, 20000, 120, 200000);
