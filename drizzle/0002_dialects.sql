CREATE TABLE `sessions` (
	`user_id` text NOT NULL,
	`key` text NOT NULL,
	`parent_key` text,
	`source` text NOT NULL,
	`agent` text,
	`campaign` text,
	`token_id` text,
	`first_at` integer NOT NULL,
	`last_at` integer NOT NULL,
	`ended_at` integer,
	`running` integer DEFAULT 0 NOT NULL,
	`requests` integer DEFAULT 0 NOT NULL,
	`refusals` integer DEFAULT 0 NOT NULL,
	`input_tokens` integer DEFAULT 0 NOT NULL,
	`cache_read_tokens` integer DEFAULT 0 NOT NULL,
	`cache_write_tokens` integer DEFAULT 0 NOT NULL,
	`output_tokens` integer DEFAULT 0 NOT NULL,
	`reasoning_tokens` integer DEFAULT 0 NOT NULL,
	`counted_tokens` integer DEFAULT 0 NOT NULL,
	`cost_nano_usd` integer DEFAULT 0 NOT NULL,
	`last_model` text,
	`last_ending` text,
	PRIMARY KEY(`user_id`, `key`)
);
--> statement-breakpoint
CREATE INDEX `sessions_user_last` ON `sessions` (`user_id`,`last_at`,`key`);--> statement-breakpoint
CREATE INDEX `sessions_user_parent` ON `sessions` (`user_id`,`parent_key`) WHERE parent_key IS NOT NULL;--> statement-breakpoint
ALTER TABLE `llm_usage` ADD `session_parent` text;--> statement-breakpoint
ALTER TABLE `llm_usage` ADD `session_source` text;--> statement-breakpoint
ALTER TABLE `llm_usage` ADD `client_request_id` text;--> statement-breakpoint
ALTER TABLE `llm_usage` ADD `answer_id` text;--> statement-breakpoint
CREATE INDEX `llm_usage_session` ON `llm_usage` (`user_id`,`session_key`,`timestamp`,`id`);--> statement-breakpoint
CREATE INDEX `llm_usage_answer` ON `llm_usage` (`answer_id`) WHERE answer_id IS NOT NULL;