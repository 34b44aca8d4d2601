-- Sessions follow the rows, like the months and days: a call joins its session when it is admitted and leaves its figures when it is settled.
CREATE TRIGGER `llm_usage_session_open` AFTER INSERT ON `llm_usage` WHEN NEW.session_key IS NOT NULL
BEGIN
  INSERT INTO sessions (
    user_id, key, parent_key, source, agent, campaign, token_id, first_at, last_at, ended_at, running, requests, refusals, last_model, last_ending
  ) VALUES (
    NEW.user_id, NEW.session_key, NEW.session_parent, coalesce(NEW.session_source, 'named'), NEW.agent, NEW.campaign, NEW.token_id,
    NEW.started_at, NEW.started_at, NEW.settled_at, NEW.ending IS NULL, NEW.ending IS NOT 'refused', NEW.ending IS 'refused',
    NEW.model, NEW.ending
  )
  ON CONFLICT (user_id, key) DO UPDATE SET
    parent_key = coalesce(parent_key, excluded.parent_key),
    agent = coalesce(excluded.agent, agent),
    campaign = coalesce(excluded.campaign, campaign),
    token_id = coalesce(excluded.token_id, token_id),
    last_at = max(last_at, excluded.last_at),
    ended_at = coalesce(max(ended_at, excluded.ended_at), excluded.ended_at, ended_at),
    running = running + excluded.running,
    requests = requests + excluded.requests,
    refusals = refusals + excluded.refusals,
    last_model = CASE WHEN excluded.last_model = '' THEN last_model ELSE excluded.last_model END,
    last_ending = coalesce(excluded.last_ending, last_ending);
END;
--> statement-breakpoint
CREATE TRIGGER `llm_usage_session_settle` AFTER UPDATE OF ending ON `llm_usage`
WHEN OLD.ending IS NULL AND NEW.ending IS NOT NULL AND NEW.session_key IS NOT NULL
BEGIN
  UPDATE sessions SET
    ended_at = max(coalesce(ended_at, 0), coalesce(NEW.settled_at, NEW.started_at)),
    running = running - 1,
    requests = requests - (NEW.ending = 'refused'),
    refusals = refusals + (NEW.ending = 'refused'),
    input_tokens = input_tokens + coalesce(NEW.input_tokens, 0),
    cache_read_tokens = cache_read_tokens + coalesce(NEW.cache_read_tokens, 0),
    cache_write_tokens = cache_write_tokens + coalesce(NEW.cache_write_5m_tokens, 0) + coalesce(NEW.cache_write_1h_tokens, 0),
    output_tokens = output_tokens + coalesce(NEW.output_tokens, 0),
    reasoning_tokens = reasoning_tokens + coalesce(NEW.reasoning_tokens, 0),
    counted_tokens = counted_tokens + NEW.counted_tokens,
    cost_nano_usd = cost_nano_usd + coalesce(NEW.cost_nano_usd, 0),
    last_ending = NEW.ending
  WHERE user_id = NEW.user_id AND key = NEW.session_key;
END;
