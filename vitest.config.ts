import { defineConfig } from 'vitest/config';

const alias = { '@': import.meta.dirname };

/** One project per kind of test, so that each can be run alone: `npx vitest run --project unit`. */
const kind = (name: string, timeoutMs: number) => ({
  resolve: { alias },
  test: { name, include: [`tests/${name}/**/*.test.ts`], testTimeout: timeoutMs, hookTimeout: 120_000 },
});

export default defineConfig({
  test: {
    projects: [
      kind('unit', 30_000),
      kind('architecture', 30_000),
      kind('db', 120_000),
      kind('contract', 60_000),
      kind('flows', 120_000),
    ],
  },
});
