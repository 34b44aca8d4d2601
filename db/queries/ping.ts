/** Asks the database whether it is there. */
export const PING = 'SELECT 1';
