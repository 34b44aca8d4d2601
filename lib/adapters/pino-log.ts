/** The log port on pino: one JSON line per event on stdout. */
import pino from 'pino';
import type { Log } from '@/lib/gateway/ports';

/** Fields whose names promise a secret never reach a line, whoever passes them. */
const REDACTED = ['authorization', 'token', 'apiKey', 'api_key', 'secret', 'password', 'cookie', 'body'];

export function createPinoLog(level: string): Log {
  const logger = pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: REDACTED, remove: true },
  });
  return { write: (severity, event, fields) => logger[severity]({ event, ...fields }) };
}
