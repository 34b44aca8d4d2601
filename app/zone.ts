/** The cookie in which a browser's script tells its time zone. */
export const ZONE_COOKIE = 'zone';
