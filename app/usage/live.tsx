'use client';

import { RotateCw } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useEffect, useRef, useState } from 'react';
import { formatsFor } from '../formats';
import { Button } from '../ui/button';
import { nextDelayMs, type PulseOutcome, SOON_MS } from './live-pace';

interface LiveProps {
  readonly version: string;
  readonly running: number;
  /** When the page was made, in the reader's words. */
  readonly madeAt: string;
  readonly locale: string;
  readonly timeZone: string;
  /** The page's own address, for who has no JavaScript. */
  readonly href: string;
}

interface Pulse {
  readonly version: string;
  readonly running: number;
  readonly at: string;
}

type State = 'live' | 'failing' | 'signed-out';

/** Keeps the page right: asks whether anything changed, more often while calls run, not at all while nobody looks. */
export function Live({ version, running, madeAt, locale, timeZone, href }: LiveProps) {
  const router = useRouter();
  const shown = useRef(version);
  const [pulse, setPulse] = useState<(Pulse & { readonly time: string }) | null>(null);
  const [state, setState] = useState<State>('live');

  useEffect(() => {
    shown.current = version;
  }, [version]);

  useEffect(() => {
    const { time } = formatsFor(locale, timeZone);
    let delayMs = SOON_MS;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let asking = false;
    let stopped = false;

    async function ask(): Promise<PulseOutcome | 'signed-out'> {
      try {
        const response = await fetch('/usage/pulse', { cache: 'no-store' });
        if (response.status === 401) return 'signed-out';
        if (!response.ok) return 'failed';
        const answer = (await response.json()) as Pulse;
        setPulse({ ...answer, time: time(answer.at) });
        if (answer.version === shown.current) return answer.running > 0 ? 'running' : 'quiet';
        shown.current = answer.version;
        router.refresh();
        return 'changed';
      } catch {
        return 'failed';
      }
    }

    async function tick(): Promise<void> {
      timer = undefined;
      if (document.hidden) return;
      asking = true;
      const outcome = await ask();
      asking = false;
      if (stopped) return;
      if (outcome === 'signed-out') return setState('signed-out');
      setState(outcome === 'failed' ? 'failing' : 'live');
      delayMs = nextDelayMs(delayMs, outcome);
      timer = setTimeout(() => void tick(), delayMs);
    }

    /** Somebody looks again: at once, whatever the wait was. */
    function onLook(): void {
      if (document.hidden || asking) return;
      clearTimeout(timer);
      delayMs = SOON_MS;
      timer = setTimeout(() => void tick(), 0);
    }

    timer = setTimeout(() => void tick(), delayMs);
    document.addEventListener('visibilitychange', onLook);
    window.addEventListener('focus', onLook);
    return () => {
      stopped = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onLook);
      window.removeEventListener('focus', onLook);
    };
  }, [router, locale, timeZone]);

  // A pulse of another version tells of figures that aren't on the page yet.
  const current = pulse?.version === version ? pulse : null;
  const at = current?.time ?? madeAt;
  const now = current?.running ?? running;
  const words: Record<State, string> = {
    live: `Updated ${at}`,
    failing: `Not reachable; updated ${at}`,
    'signed-out': 'You are signed out; reload to sign in again',
  };
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-quiet" data-live={state}>
      <p aria-live="off" className="flex flex-wrap items-center gap-2">
        <Dot state={state} running={now > 0} />
        <span className="figures" data-testid="updated">
          {words[state]}
        </span>
        {now > 0 && (
          <span className="figures font-medium text-ink" data-testid="running">
            · {now === 1 ? '1 call' : `${now} calls`} running now
          </span>
        )}
      </p>
      <Button asChild size="small" look="quiet">
        <a href={href}>
          <RotateCw aria-hidden />
          Refresh
        </a>
      </Button>
    </div>
  );
}

function Dot({ state, running }: { readonly state: State; readonly running: boolean }) {
  const colour = state === 'live' ? 'fill-good' : 'fill-warn';
  return (
    <svg aria-hidden viewBox="0 0 12 12" className="size-3 shrink-0">
      {running && <circle cx="6" cy="6" r="6" className={`animate-pulse ${colour}`} opacity="0.35" />}
      <circle cx="6" cy="6" r="3.5" className={colour} />
    </svg>
  );
}
