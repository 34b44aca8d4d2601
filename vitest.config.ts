import { defineConfig } from 'vitest/config';

const alias = { '@': process.cwd() };

/** One project per kind of test, so that each can be run alone: `npx vitest run --project unit`. */
const kind = (name: string, timeoutMs: number, include = [`tests/${name}/**/*.test.ts`]) => ({
  resolve: { alias },
  test: { name, include, testTimeout: timeoutMs, hookTimeout: 120_000 },
});

export default defineConfig({
  test: {
    projects: [
      kind('unit', 30_000),
      kind('architecture', 30_000),
      kind('db', 120_000),
      kind('contract', 60_000),
      kind('flows', 120_000),
      kind('clients', 120_000),
      kind('e2e', 120_000, ['tests/e2e/!(vercel).test.ts']),
      kind('vercel', 60_000, ['tests/e2e/vercel.test.ts']),
    ],
  },
});
