CREATE TABLE `audit_log` (
	`id` text PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	`actor_kind` text NOT NULL,
	`actor` text NOT NULL,
	`action` text NOT NULL,
	`object_kind` text NOT NULL,
	`object_id` text NOT NULL,
	`user_id` text,
	`before` text,
	`after` text
);
--> statement-breakpoint
CREATE INDEX `audit_log_at` ON `audit_log` (`at`,`id`);--> statement-breakpoint
CREATE INDEX `audit_log_user` ON `audit_log` (`user_id`,`at`,`id`);--> statement-breakpoint
CREATE INDEX `audit_log_object` ON `audit_log` (`object_kind`,`object_id`,`at`);--> statement-breakpoint
CREATE TABLE `dismissals` (
	`user_id` text NOT NULL,
	`month` text NOT NULL,
	`cap` text NOT NULL,
	`threshold` integer NOT NULL,
	`dismissed_at` integer NOT NULL,
	PRIMARY KEY(`user_id`, `month`, `cap`, `threshold`)
);
--> statement-breakpoint
CREATE TABLE `events` (
	`id` text PRIMARY KEY NOT NULL,
	`type` text NOT NULL,
	`user_id` text NOT NULL,
	`key` text NOT NULL,
	`facts` text NOT NULL,
	`created_at` integer NOT NULL,
	`next_attempt_at` integer NOT NULL,
	`attempts` integer DEFAULT 0 NOT NULL,
	`delivered_at` integer,
	`last_error` text
);
--> statement-breakpoint
CREATE UNIQUE INDEX `events_key_unique` ON `events` (`key`);--> statement-breakpoint
CREATE INDEX `events_user` ON `events` (`user_id`,`created_at`);--> statement-breakpoint
CREATE INDEX `events_due` ON `events` (`next_attempt_at`) WHERE delivered_at IS NULL;--> statement-breakpoint
CREATE TABLE `provider_hours` (
	`hour` integer NOT NULL,
	`provider` text NOT NULL,
	`model` text NOT NULL,
	`requests` integer DEFAULT 0 NOT NULL,
	`refusals` integer DEFAULT 0 NOT NULL,
	`broken` integer DEFAULT 0 NOT NULL,
	`cancelled` integer DEFAULT 0 NOT NULL,
	`expired` integer DEFAULT 0 NOT NULL,
	`estimated` integer DEFAULT 0 NOT NULL,
	`unpriced` integer DEFAULT 0 NOT NULL,
	`prompt_tokens` integer DEFAULT 0 NOT NULL,
	`output_tokens` integer DEFAULT 0 NOT NULL,
	`cost_nano_usd` integer DEFAULT 0 NOT NULL,
	`first_byte_ms` integer DEFAULT 0 NOT NULL,
	`first_bytes` integer DEFAULT 0 NOT NULL,
	`duration_ms` integer DEFAULT 0 NOT NULL,
	PRIMARY KEY(`hour`, `provider`, `model`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `refusal_days` (
	`day` text NOT NULL,
	`user_id` text NOT NULL,
	`reason` text NOT NULL,
	`refusals` integer DEFAULT 0 NOT NULL,
	PRIMARY KEY(`day`, `user_id`, `reason`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `settings` (
	`name` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `sign_in_links` (
	`hash` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`used_at` integer
);
--> statement-breakpoint
CREATE INDEX `sign_in_links_expires` ON `sign_in_links` (`expires_at`);--> statement-breakpoint
CREATE TABLE `stripe_events` (
	`id` text PRIMARY KEY NOT NULL,
	`type` text NOT NULL,
	`received_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `token_months` (
	`token_id` text NOT NULL,
	`month` text NOT NULL,
	`tokens_committed` integer DEFAULT 0 NOT NULL,
	`tokens_held` integer DEFAULT 0 NOT NULL,
	`nano_usd_committed` integer DEFAULT 0 NOT NULL,
	`nano_usd_held` integer DEFAULT 0 NOT NULL,
	`requests` integer DEFAULT 0 NOT NULL,
	PRIMARY KEY(`token_id`, `month`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `usage_slots` (
	`user_id` text NOT NULL,
	`slot` integer NOT NULL,
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
	PRIMARY KEY(`user_id`, `slot`, `provider`, `model`, `token_id`, `agent`, `campaign`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `web_sessions` (
	`id` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`user_id` text,
	`subject` text NOT NULL,
	`method` text NOT NULL,
	`credential` text NOT NULL,
	`may_change` integer NOT NULL,
	`created_at` integer NOT NULL,
	`last_seen_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`ended_at` integer
);
--> statement-breakpoint
CREATE INDEX `web_sessions_user` ON `web_sessions` (`user_id`,`created_at`);--> statement-breakpoint
CREATE INDEX `web_sessions_expires` ON `web_sessions` (`expires_at`);--> statement-breakpoint
ALTER TABLE `gateway_tokens` ADD `monthly_tokens` integer;--> statement-breakpoint
ALTER TABLE `gateway_tokens` ADD `monthly_cost_cents` integer;--> statement-breakpoint
ALTER TABLE `plan_limits` ADD `price_cents` integer;--> statement-breakpoint
ALTER TABLE `plan_limits` ADD `listed` integer DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE `plan_limits` ADD `description` text;--> statement-breakpoint
ALTER TABLE `plan_limits` ADD `stripe_price_id` text;--> statement-breakpoint
ALTER TABLE `users` ADD `stripe_customer_id` text;--> statement-breakpoint
ALTER TABLE `users` ADD `stripe_subscription_id` text;--> statement-breakpoint
CREATE INDEX `users_stripe_customer` ON `users` (`stripe_customer_id`) WHERE stripe_customer_id IS NOT NULL;