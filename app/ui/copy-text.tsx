'use client';

/** A small button that copies a short text, such as an id, and says that it did. */
import { Check, Copy } from 'lucide-react';
import { useState } from 'react';
import { Button } from './button';

const SAID_FOR_MS = 2_000;

/** Without JavaScript, and where the browser gives pages no clipboard, the text beside it can be marked. */
export function CopyText({ text, what }: { readonly text: string; readonly what: string }) {
  const [said, setSaid] = useState('');
  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      setSaid('Copied');
    } catch {
      setSaid('Mark the text and copy it yourself');
    }
    setTimeout(() => setSaid(''), SAID_FOR_MS);
  }
  const Icon = said === 'Copied' ? Check : Copy;
  return (
    <span className="needs-script inline-flex items-center gap-1">
      <Button
        look="quiet"
        size="icon"
        className="size-6"
        aria-label={`Copy ${what}`}
        onClick={() => void copy()}
      >
        <Icon aria-hidden />
      </Button>
      <span role="status" className={said === 'Copied' ? 'sr-only' : 'text-xs text-quiet'}>
        {said}
      </span>
    </span>
  );
}
