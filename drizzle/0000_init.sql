CREATE TABLE `gateway_tokens` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`hash` text NOT NULL,
	`hint` text NOT NULL,
	`name` text NOT NULL,
	`agent` text,
	`campaign` text,
	`may_attribute` integer DEFAULT false NOT NULL,
	`scope_models` text,
	`scope_formats` text,
	`expires_at` integer,
	`revoked_at` integer,
	`last_used_at` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `gateway_tokens_hash` ON `gateway_tokens` (`hash`);--> statement-breakpoint
CREATE INDEX `gateway_tokens_user` ON `gateway_tokens` (`user_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `gateway_tokens_created` ON `gateway_tokens` (`created_at`,`id`);--> statement-breakpoint
CREATE TABLE `llm_usage` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`timestamp` integer NOT NULL,
	`started_at` integer NOT NULL,
	`month` text NOT NULL,
	`token_id` text,
	`agent` text,
	`campaign` text,
	`session_key` text,
	`provider` text NOT NULL,
	`model` text NOT NULL,
	`reported_model` text,
	`endpoint` text NOT NULL,
	`stream` integer NOT NULL,
	`status` integer,
	`ending` text,
	`grade` text,
	`input_tokens` integer,
	`cache_read_tokens` integer,
	`cache_write_5m_tokens` integer,
	`cache_write_1h_tokens` integer,
	`output_tokens` integer,
	`reasoning_tokens` integer,
	`web_search_requests` integer,
	`cost_nano_usd` integer,
	`cost_millicents` integer GENERATED ALWAYS AS ((cost_nano_usd / 10000)) VIRTUAL,
	`price_version` text,
	`usage_raw` text,
	`counted_tokens` integer DEFAULT 0 NOT NULL,
	`hold_tokens` integer DEFAULT 0 NOT NULL,
	`hold_nano_usd` integer DEFAULT 0 NOT NULL,
	`hold_output_tokens` integer DEFAULT 0 NOT NULL,
	`hold_prompt_nano_usd` integer DEFAULT 0 NOT NULL,
	`hold_expires_at` integer,
	`month_tokens_before` integer,
	`month_nano_usd_before` integer,
	`owner` text,
	`upstream_request_id` text,
	`error_code` text,
	`attempts` integer DEFAULT 0 NOT NULL,
	`first_byte_ms` integer,
	`duration_ms` integer,
	`settled_at` integer,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `llm_usage_user_timestamp` ON `llm_usage` (`user_id`,`timestamp`,`id`);--> statement-breakpoint
CREATE INDEX `llm_usage_month` ON `llm_usage` (`month`,`user_id`);--> statement-breakpoint
CREATE INDEX `llm_usage_timestamp` ON `llm_usage` (`timestamp`,`id`);--> statement-breakpoint
CREATE INDEX `llm_usage_open` ON `llm_usage` (`hold_expires_at`) WHERE ending IS NULL;--> statement-breakpoint
CREATE TABLE `machines` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`host_id` text NOT NULL,
	`region` text,
	`state` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `machines_user` ON `machines` (`user_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `machines_host` ON `machines` (`host_id`);--> statement-breakpoint
CREATE TABLE `model_prices` (
	`model` text NOT NULL,
	`effective_from` text NOT NULL,
	`rates` text NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`model`, `effective_from`)
);
--> statement-breakpoint
CREATE TABLE `plan_limits` (
	`plan` text PRIMARY KEY NOT NULL,
	`monthly_tokens` integer,
	`monthly_cost_cents` integer,
	`rate_limit_rpm` integer NOT NULL,
	`rate_limit_tpm` integer NOT NULL,
	`count_cache_reads` integer DEFAULT false NOT NULL,
	`models` text,
	`updated_at` integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE `usage_days` (
	`user_id` text NOT NULL,
	`day` text NOT NULL,
	`provider` text NOT NULL,
	`model` text NOT NULL,
	`token_id` text NOT NULL,
	`agent` text NOT NULL,
	`campaign` text NOT NULL,
	`requests` integer DEFAULT 0 NOT NULL,
	`refusals` integer DEFAULT 0 NOT NULL,
	`input_tokens` integer DEFAULT 0 NOT NULL,
	`cache_read_tokens` integer DEFAULT 0 NOT NULL,
	`cache_write_5m_tokens` integer DEFAULT 0 NOT NULL,
	`cache_write_1h_tokens` integer DEFAULT 0 NOT NULL,
	`output_tokens` integer DEFAULT 0 NOT NULL,
	`reasoning_tokens` integer DEFAULT 0 NOT NULL,
	`counted_tokens` integer DEFAULT 0 NOT NULL,
	`cost_nano_usd` integer DEFAULT 0 NOT NULL,
	PRIMARY KEY(`user_id`, `day`, `provider`, `model`, `token_id`, `agent`, `campaign`)
);
--> statement-breakpoint
CREATE INDEX `usage_days_day` ON `usage_days` (`day`,`user_id`);--> statement-breakpoint
CREATE TABLE `usage_months` (
	`user_id` text NOT NULL,
	`month` text NOT NULL,
	`tokens_committed` integer DEFAULT 0 NOT NULL,
	`tokens_held` integer DEFAULT 0 NOT NULL,
	`nano_usd_committed` integer DEFAULT 0 NOT NULL,
	`nano_usd_held` integer DEFAULT 0 NOT NULL,
	`requests` integer DEFAULT 0 NOT NULL,
	PRIMARY KEY(`user_id`, `month`)
);
--> statement-breakpoint
CREATE TABLE `users` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text,
	`email` text,
	`plan` text NOT NULL,
	`suspended_at` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`plan`) REFERENCES `plan_limits`(`plan`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `users_created` ON `users` (`created_at`,`id`);