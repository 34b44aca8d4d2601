/** Reads `.env` files the way Next does, so that server, pages and command line see the same settings. */
import nextEnv from '@next/env';

/** Fills `process.env` from `.env`, `.env.local` and the like; names that are set already win. */
export function loadDotenv(): void {
  nextEnv.loadEnvConfig(process.cwd(), false, { info: () => undefined, error: console.error });
}
