'use client';

import { type MouseEvent, useState, useSyncExternalStore } from 'react';

const SAID_FOR_MS = 2_000;

const never = () => () => undefined;

/** False while the page is still what the server sent: without JavaScript there is no button. */
const useIsAlive = () =>
  useSyncExternalStore(
    never,
    () => true,
    () => false,
  );

/** Marks the text, so that one keystroke copies it where the browser gives pages no clipboard (plain HTTP). */
function select(code: Element): void {
  const range = document.createRange();
  range.selectNodeContents(code);
  const selection = window.getSelection();
  selection?.removeAllRanges();
  selection?.addRange(range);
}

/** Copies the code of the figure it stands in. */
export function CopyButton({ what }: { what: string }) {
  const [said, setSaid] = useState('Copy');
  const alive = useIsAlive();
  if (!alive) return null;

  async function copy({ currentTarget }: MouseEvent<HTMLButtonElement>): Promise<void> {
    const code = currentTarget.closest('figure')?.querySelector('pre code');
    if (code === null || code === undefined) return;
    try {
      await navigator.clipboard.writeText(code.textContent ?? '');
      setSaid('Copied');
    } catch {
      select(code);
      setSaid('Selected');
    }
    setTimeout(() => setSaid('Copy'), SAID_FOR_MS);
  }

  return (
    <button type="button" className="copy" aria-live="polite" onClick={(event) => void copy(event)}>
      {said}
      <span className="sr-only"> {what}</span>
    </button>
  );
}
