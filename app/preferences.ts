/** How this reader writes numbers and where the clock stands: from the browser's languages and a cookie its script keeps. */
import { cookies, headers } from 'next/headers';
import { cache } from 'react';
import { type Formats, formatsFor } from './formats';
import { ZONE_COOKIE } from './zone';

const DEFAULT_LOCALE = 'en';
const DEFAULT_ZONE = 'UTC';
/** Long lists of languages are a burden, not a wish. */
const MOST_LANGUAGES = 10;

function localeFrom(acceptLanguage: string | null): string {
  const wishes = (acceptLanguage ?? '').split(',').slice(0, MOST_LANGUAGES);
  for (const wish of wishes) {
    const tag = wish.split(';')[0]?.trim() ?? '';
    try {
      const [locale] = Intl.NumberFormat.supportedLocalesOf(tag);
      // Pages are written in English: another numbering system would not go with it.
      if (locale !== undefined) return locale.split('-u-')[0] ?? DEFAULT_LOCALE;
    } catch {
      // Not a language tag.
    }
  }
  return DEFAULT_LOCALE;
}

/** The IANA name of a zone as the runtime spells it; `null` for anything else. */
export function knownZone(name: string | undefined): string | null {
  if (name === undefined || name.length > 64 || !/^[A-Za-z][\w+/-]*$/.test(name)) return null;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return null;
  }
}

export const formatsHere = cache(async (): Promise<Formats> => {
  const [given, jar] = await Promise.all([headers(), cookies()]);
  const zone = knownZone(jar.get(ZONE_COOKIE)?.value) ?? DEFAULT_ZONE;
  return formatsFor(localeFrom(given.get('accept-language')), zone);
});
