import type { NextConfig } from 'next';

const onVercel = process.env['VERCEL'] !== undefined;

const config: NextConfig = {
  poweredByHeader: false,
  compress: false,
  reactStrictMode: true,
  // `npm test` checks the types, those of tests and scripts too; no start or deployment waits for them or fails by them.
  typescript: { ignoreBuildErrors: true },
  // Streams go out as they come; and clients that probe with a trailing slash must not be redirected.
  skipTrailingSlashRedirect: true,
  serverExternalPackages: ['@libsql/client', 'libsql', 'pino', 'undici'],
  // Functions reach Turso over HTTP: the native driver stays out of them.
  ...(onVercel
    ? {
        outputFileTracingExcludes: {
          '*': ['node_modules/libsql/**', 'node_modules/@libsql/linux-*/**', 'node_modules/@neon-rs/**'],
        },
      }
    : {}),
};

export default config;
