/** Where the unused-code check starts, and what it leaves alone, each with its reason. */
import type { KnipConfig } from 'knip';

const config: KnipConfig = {
  entry: [
    'scripts/*.{ts,mjs}',
    'app/**/{page,layout,route}.{ts,tsx}',
    'tests/**/*.test.ts',
    'tests/bench/*.{ts,mjs}',
    // Started as processes of their own.
    'tests/support/vercel-runtime.mjs',
    'tests/support/child-gateway-main.ts',
  ],
  project: ['{app,db,lib,scripts,tests}/**/*.{ts,tsx,mts,mjs}', '*.ts'],
  // A type that a public signature names is exported with it, whether or not anyone imports it yet.
  ignoreExportsUsedInFile: { interface: true, type: true },
  ignoreDependencies: [
    // Imported by the style sheet alone.
    'tailwindcss',
    '@fontsource-variable/inter',
  ],
  // Debian packages that `npm test` installs.
  ignoreBinaries: ['redis-server', 'openssl', 'apt-get'],
};

export default config;
