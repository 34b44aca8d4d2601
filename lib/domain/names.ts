/** What customers and plans may be called: names appear in paths, logs and limiter keys, so they hold no spaces, slashes or control characters. */

export const LONGEST_USER_ID = 128;
export const USER_ID = /^[A-Za-z0-9][A-Za-z0-9._:@|+-]*$/;

export const LONGEST_PLAN_NAME = 64;
export const PLAN_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
