/** A log port that keeps its lines for a test to look at. */
import type { Log } from '@/lib/gateway/ports';

export interface KeptLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export function keepLog(): Log & { readonly lines: readonly KeptLine[]; forget(): void } {
  const lines: KeptLine[] = [];
  return {
    lines,
    write: (level, event, fields) => void lines.push({ level, event, fields }),
    forget: () => void (lines.length = 0),
  };
}
