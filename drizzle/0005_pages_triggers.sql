-- More counters that follow the rows (see 0001): per token and month for a token's own caps, per quarter of an hour for days of any
-- time zone, per provider and hour for its health, refusals by reason. What stands in the rows already is counted first.
INSERT INTO token_months (token_id, month, tokens_committed, tokens_held, nano_usd_committed, nano_usd_held, requests)
SELECT token_id, month, sum(CASE WHEN ending IS NULL THEN 0 ELSE counted_tokens END), sum(CASE WHEN ending IS NULL THEN hold_tokens ELSE 0 END),
  sum(CASE WHEN ending IS NULL THEN 0 ELSE coalesce(cost_nano_usd, 0) END), sum(CASE WHEN ending IS NULL THEN hold_nano_usd ELSE 0 END),
  sum(coalesce(ending, 'refused') <> 'refused')
FROM llm_usage WHERE token_id IS NOT NULL GROUP BY token_id, month;
--> statement-breakpoint
INSERT INTO usage_slots (
  user_id, slot, provider, model, token_id, agent, campaign,
  requests, refusals, input_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, output_tokens, reasoning_tokens,
  counted_tokens, cost_nano_usd
)
SELECT user_id, timestamp / 900 * 900, provider, model, coalesce(token_id, ''), coalesce(agent, ''), coalesce(campaign, ''),
  sum(ending <> 'refused'), sum(ending = 'refused'),
  sum(coalesce(input_tokens, 0)), sum(coalesce(cache_read_tokens, 0)), sum(coalesce(cache_write_5m_tokens, 0)),
  sum(coalesce(cache_write_1h_tokens, 0)), sum(coalesce(output_tokens, 0)), sum(coalesce(reasoning_tokens, 0)),
  sum(counted_tokens), sum(coalesce(cost_nano_usd, 0))
FROM llm_usage WHERE ending IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6, 7;
--> statement-breakpoint
INSERT INTO provider_hours (
  hour, provider, model, requests, refusals, broken, cancelled, expired, estimated, unpriced,
  prompt_tokens, output_tokens, cost_nano_usd, first_byte_ms, first_bytes, duration_ms
)
SELECT timestamp / 3600 * 3600, provider, model,
  sum(ending <> 'refused'), sum(ending = 'refused'), sum(ending = 'broken'), sum(ending = 'cancelled'), sum(ending = 'expired'),
  sum(coalesce(grade, '') IN ('estimated', 'floor')), sum(coalesce(grade, '') = 'unpriced'),
  sum(coalesce(input_tokens, 0) + coalesce(cache_read_tokens, 0) + coalesce(cache_write_5m_tokens, 0) + coalesce(cache_write_1h_tokens, 0)),
  sum(coalesce(output_tokens, 0)), sum(coalesce(cost_nano_usd, 0)),
  sum(coalesce(first_byte_ms, 0)), sum(first_byte_ms IS NOT NULL), sum(coalesce(duration_ms, 0))
FROM llm_usage WHERE ending IS NOT NULL GROUP BY 1, 2, 3;
--> statement-breakpoint
INSERT INTO refusal_days (day, user_id, reason, refusals)
SELECT date(timestamp, 'unixepoch'), user_id, coalesce(error_code, 'unknown'), count(*) FROM llm_usage WHERE ending = 'refused' GROUP BY 1, 2, 3;
--> statement-breakpoint
CREATE TRIGGER `llm_usage_token_hold` AFTER INSERT ON `llm_usage` WHEN NEW.ending IS NULL AND NEW.token_id IS NOT NULL
BEGIN
  INSERT INTO token_months (token_id, month, tokens_held, nano_usd_held)
  VALUES (NEW.token_id, NEW.month, NEW.hold_tokens, NEW.hold_nano_usd)
  ON CONFLICT DO UPDATE SET
    tokens_held = tokens_held + excluded.tokens_held,
    nano_usd_held = nano_usd_held + excluded.nano_usd_held;
END;
--> statement-breakpoint
CREATE TRIGGER `llm_usage_roll_up_settled` AFTER UPDATE OF ending ON `llm_usage` WHEN OLD.ending IS NULL AND NEW.ending IS NOT NULL
BEGIN
  UPDATE token_months SET
    tokens_held = tokens_held - OLD.hold_tokens,
    nano_usd_held = nano_usd_held - OLD.hold_nano_usd,
    tokens_committed = tokens_committed + NEW.counted_tokens,
    nano_usd_committed = nano_usd_committed + coalesce(NEW.cost_nano_usd, 0),
    requests = requests + (NEW.ending <> 'refused')
  WHERE token_id = NEW.token_id AND month = NEW.month;
  INSERT INTO usage_slots (
    user_id, slot, provider, model, token_id, agent, campaign,
    requests, refusals, input_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, output_tokens, reasoning_tokens,
    counted_tokens, cost_nano_usd
  ) VALUES (
    NEW.user_id, NEW.timestamp / 900 * 900, NEW.provider, NEW.model,
    coalesce(NEW.token_id, ''), coalesce(NEW.agent, ''), coalesce(NEW.campaign, ''),
    NEW.ending <> 'refused', NEW.ending = 'refused',
    coalesce(NEW.input_tokens, 0), coalesce(NEW.cache_read_tokens, 0), coalesce(NEW.cache_write_5m_tokens, 0),
    coalesce(NEW.cache_write_1h_tokens, 0), coalesce(NEW.output_tokens, 0), coalesce(NEW.reasoning_tokens, 0),
    NEW.counted_tokens, coalesce(NEW.cost_nano_usd, 0)
  )
  ON CONFLICT DO UPDATE SET
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
  INSERT INTO provider_hours (
    hour, provider, model, requests, refusals, broken, cancelled, expired, estimated, unpriced,
    prompt_tokens, output_tokens, cost_nano_usd, first_byte_ms, first_bytes, duration_ms
  ) VALUES (
    NEW.timestamp / 3600 * 3600, NEW.provider, NEW.model,
    NEW.ending <> 'refused', NEW.ending = 'refused', NEW.ending = 'broken', NEW.ending = 'cancelled', NEW.ending = 'expired',
    coalesce(NEW.grade, '') IN ('estimated', 'floor'), coalesce(NEW.grade, '') = 'unpriced',
    coalesce(NEW.input_tokens, 0) + coalesce(NEW.cache_read_tokens, 0) + coalesce(NEW.cache_write_5m_tokens, 0)
      + coalesce(NEW.cache_write_1h_tokens, 0),
    coalesce(NEW.output_tokens, 0), coalesce(NEW.cost_nano_usd, 0),
    coalesce(NEW.first_byte_ms, 0), NEW.first_byte_ms IS NOT NULL, coalesce(NEW.duration_ms, 0)
  )
  ON CONFLICT DO UPDATE SET
    requests = requests + excluded.requests,
    refusals = refusals + excluded.refusals,
    broken = broken + excluded.broken,
    cancelled = cancelled + excluded.cancelled,
    expired = expired + excluded.expired,
    estimated = estimated + excluded.estimated,
    unpriced = unpriced + excluded.unpriced,
    prompt_tokens = prompt_tokens + excluded.prompt_tokens,
    output_tokens = output_tokens + excluded.output_tokens,
    cost_nano_usd = cost_nano_usd + excluded.cost_nano_usd,
    first_byte_ms = first_byte_ms + excluded.first_byte_ms,
    first_bytes = first_bytes + excluded.first_bytes,
    duration_ms = duration_ms + excluded.duration_ms;
  INSERT INTO refusal_days (day, user_id, reason, refusals)
  SELECT date(NEW.timestamp, 'unixepoch'), NEW.user_id, coalesce(NEW.error_code, 'unknown'), 1 WHERE NEW.ending = 'refused'
  ON CONFLICT DO UPDATE SET refusals = refusals + 1;
END;
--> statement-breakpoint
CREATE TRIGGER `llm_usage_roll_up_inserted` AFTER INSERT ON `llm_usage` WHEN NEW.ending IS NOT NULL
BEGIN
  INSERT INTO token_months (token_id, month, tokens_committed, nano_usd_committed, requests)
  SELECT NEW.token_id, NEW.month, NEW.counted_tokens, coalesce(NEW.cost_nano_usd, 0), NEW.ending <> 'refused' WHERE NEW.token_id IS NOT NULL
  ON CONFLICT DO UPDATE SET
    tokens_committed = tokens_committed + excluded.tokens_committed,
    nano_usd_committed = nano_usd_committed + excluded.nano_usd_committed,
    requests = requests + excluded.requests;
  INSERT INTO usage_slots (
    user_id, slot, provider, model, token_id, agent, campaign,
    requests, refusals, input_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, output_tokens, reasoning_tokens,
    counted_tokens, cost_nano_usd
  ) VALUES (
    NEW.user_id, NEW.timestamp / 900 * 900, NEW.provider, NEW.model,
    coalesce(NEW.token_id, ''), coalesce(NEW.agent, ''), coalesce(NEW.campaign, ''),
    NEW.ending <> 'refused', NEW.ending = 'refused',
    coalesce(NEW.input_tokens, 0), coalesce(NEW.cache_read_tokens, 0), coalesce(NEW.cache_write_5m_tokens, 0),
    coalesce(NEW.cache_write_1h_tokens, 0), coalesce(NEW.output_tokens, 0), coalesce(NEW.reasoning_tokens, 0),
    NEW.counted_tokens, coalesce(NEW.cost_nano_usd, 0)
  )
  ON CONFLICT DO UPDATE SET
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
  INSERT INTO provider_hours (
    hour, provider, model, requests, refusals, broken, cancelled, expired, estimated, unpriced,
    prompt_tokens, output_tokens, cost_nano_usd, first_byte_ms, first_bytes, duration_ms
  ) VALUES (
    NEW.timestamp / 3600 * 3600, NEW.provider, NEW.model,
    NEW.ending <> 'refused', NEW.ending = 'refused', NEW.ending = 'broken', NEW.ending = 'cancelled', NEW.ending = 'expired',
    coalesce(NEW.grade, '') IN ('estimated', 'floor'), coalesce(NEW.grade, '') = 'unpriced',
    coalesce(NEW.input_tokens, 0) + coalesce(NEW.cache_read_tokens, 0) + coalesce(NEW.cache_write_5m_tokens, 0)
      + coalesce(NEW.cache_write_1h_tokens, 0),
    coalesce(NEW.output_tokens, 0), coalesce(NEW.cost_nano_usd, 0),
    coalesce(NEW.first_byte_ms, 0), NEW.first_byte_ms IS NOT NULL, coalesce(NEW.duration_ms, 0)
  )
  ON CONFLICT DO UPDATE SET
    requests = requests + excluded.requests,
    refusals = refusals + excluded.refusals,
    broken = broken + excluded.broken,
    cancelled = cancelled + excluded.cancelled,
    expired = expired + excluded.expired,
    estimated = estimated + excluded.estimated,
    unpriced = unpriced + excluded.unpriced,
    prompt_tokens = prompt_tokens + excluded.prompt_tokens,
    output_tokens = output_tokens + excluded.output_tokens,
    cost_nano_usd = cost_nano_usd + excluded.cost_nano_usd,
    first_byte_ms = first_byte_ms + excluded.first_byte_ms,
    first_bytes = first_bytes + excluded.first_bytes,
    duration_ms = duration_ms + excluded.duration_ms;
  INSERT INTO refusal_days (day, user_id, reason, refusals)
  SELECT date(NEW.timestamp, 'unixepoch'), NEW.user_id, coalesce(NEW.error_code, 'unknown'), 1 WHERE NEW.ending = 'refused'
  ON CONFLICT DO UPDATE SET refusals = refusals + 1;
END;
--> statement-breakpoint
-- A cap that comes near is an event, once per cap, threshold and limit: the highest threshold reached, so that a leap makes one event.
CREATE TRIGGER `usage_months_threshold` AFTER UPDATE OF tokens_committed, nano_usd_committed ON `usage_months`
WHEN EXISTS (
  SELECT 1 FROM users u JOIN plan_limits p ON p.plan = u.plan WHERE u.id = NEW.user_id AND (
    (p.monthly_tokens > 0 AND NEW.tokens_committed > OLD.tokens_committed AND NEW.tokens_committed * 5 >= p.monthly_tokens * 4)
    OR (p.monthly_cost_cents > 0 AND NEW.nano_usd_committed > OLD.nano_usd_committed AND NEW.nano_usd_committed * 5 >= p.monthly_cost_cents * 40000000)
  )
)
BEGIN
  INSERT INTO events (id, type, user_id, key, facts, created_at, next_attempt_at)
  SELECT 'evt_' || lower(hex(randomblob(16))), 'usage.threshold_reached', NEW.user_id,
    'threshold/' || NEW.user_id || '/' || NEW.month || '/' || cap || '/' || threshold || '/' || cap_limit,
    json_object('month', NEW.month, 'plan', plan, 'cap', cap, 'threshold', threshold, 'limit', cap_limit, 'used', used), now, now
  FROM (
    SELECT plan, cap, cap_limit, used, now,
      CASE WHEN used >= cap_limit THEN 100 WHEN used * 100 >= cap_limit * 95 THEN 95 ELSE 80 END AS threshold
    FROM (
      SELECT p.plan, 'tokens' AS cap, p.monthly_tokens AS cap_limit, NEW.tokens_committed AS used,
        CAST(unixepoch('subsec') * 1000 AS INTEGER) AS now
      FROM users u JOIN plan_limits p ON p.plan = u.plan
      WHERE u.id = NEW.user_id AND NEW.tokens_committed > OLD.tokens_committed
      UNION ALL
      SELECT p.plan, 'cost', p.monthly_cost_cents * 10000000, NEW.nano_usd_committed, CAST(unixepoch('subsec') * 1000 AS INTEGER)
      FROM users u JOIN plan_limits p ON p.plan = u.plan
      WHERE u.id = NEW.user_id AND NEW.nano_usd_committed > OLD.nano_usd_committed
    ) WHERE cap_limit > 0 AND used * 5 >= cap_limit * 4
  )
  WHERE true
  ON CONFLICT (key) DO NOTHING;
END;
--> statement-breakpoint
-- The first call of a month that a cap stops is an event too: calls are blocked from here on, though the cap itself may not be reached.
CREATE TRIGGER `llm_usage_blocked` AFTER INSERT ON `llm_usage`
WHEN NEW.ending = 'refused' AND NEW.error_code IN ('monthly_tokens_used_up', 'monthly_cost_used_up')
BEGIN
  INSERT INTO events (id, type, user_id, key, facts, created_at, next_attempt_at)
  SELECT 'evt_' || lower(hex(randomblob(16))), 'usage.blocked', NEW.user_id,
    'blocked/' || NEW.user_id || '/' || NEW.month || '/' || cap || '/' || cap_limit,
    json_object('month', NEW.month, 'plan', plan, 'cap', cap, 'limit', cap_limit, 'used', used), NEW.started_at, NEW.started_at
  FROM (
    SELECT p.plan,
      CASE NEW.error_code WHEN 'monthly_tokens_used_up' THEN 'tokens' ELSE 'cost' END AS cap,
      CASE NEW.error_code WHEN 'monthly_tokens_used_up' THEN p.monthly_tokens ELSE p.monthly_cost_cents * 10000000 END AS cap_limit,
      CASE NEW.error_code WHEN 'monthly_tokens_used_up' THEN m.tokens_committed ELSE m.nano_usd_committed END AS used
    FROM users u JOIN plan_limits p ON p.plan = u.plan
    LEFT JOIN usage_months m ON m.user_id = u.id AND m.month = NEW.month
    WHERE u.id = NEW.user_id
  ) WHERE cap_limit IS NOT NULL
  ON CONFLICT (key) DO NOTHING;
END;
