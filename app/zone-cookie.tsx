'use client';

import { useRouter } from 'next/navigation';
import { useEffect } from 'react';
import { ZONE_COOKIE } from './zone';

/** A year: people move seldom, and the next visit corrects it. */
const KEPT_SECONDS = 365 * 86_400;

/** Tells the server this browser's time zone, once; the page is then made again with days that end at its midnight. */
export function ZoneCookie({ known }: { readonly known: string }) {
  const router = useRouter();
  useEffect(() => {
    const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
    if (timeZone === known || document.cookie.includes(`${ZONE_COOKIE}=${encodeURIComponent(timeZone)}`))
      return;
    const secure = window.location.protocol === 'https:' ? '; secure' : '';
    document.cookie = `${ZONE_COOKIE}=${encodeURIComponent(timeZone)}; path=/; max-age=${KEPT_SECONDS}; samesite=lax${secure}`;
    router.refresh();
  }, [known, router]);
  return null;
}
