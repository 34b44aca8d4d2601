/** Browsers of one test: each page's complaints are kept and must be none when the test ends, and nothing stays open. */
import type { BrowserContext, Page } from 'playwright';
import { afterEach, expect } from 'vitest';
import { watch } from '@/tests/support/page-visits';
import type { ContextOptions, Pages } from '@/tests/support/pages';

export interface Visitors {
  /** A page in a browser of its own, signed in with the token; `null`: signed out. */
  page(token: string | null, options?: ContextOptions): Promise<Page>;
}

/** Sends what the form on `/sign-in` sends, without loading the page; the browser keeps the cookie. */
export async function signInDirectly(context: BrowserContext, token: string, baseUrl: string): Promise<void> {
  const response = await context.request.post('/sign-in/token', {
    form: { token },
    headers: { origin: new URL(baseUrl).origin },
    maxRedirects: 0,
  });
  expect(response.headers()['location']).toMatch(/^\/(usage|admin)$/);
}

export function useVisitors(pages: () => Pages): Visitors {
  const contexts: BrowserContext[] = [];
  const complaints: (readonly string[])[] = [];

  afterEach(async () => {
    const said = complaints.splice(0).flat();
    await Promise.all(contexts.splice(0).map((context) => context.close()));
    expect(said).toEqual([]);
  });

  return {
    async page(token, options = {}) {
      const context = await pages().context(options);
      contexts.push(context);
      if (token !== null) await signInDirectly(context, token, pages().baseUrl);
      const page = await context.newPage();
      complaints.push(watch(page).complaints);
      return page;
    },
  };
}
