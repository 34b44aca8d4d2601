/** A message above the content: what happened, or what is about to. */
import { CircleAlert, CircleCheck, Info, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Tone } from './badge';
import { classes } from './classes';

const LOOKS = {
  plain: { icon: Info, style: 'border-line bg-panel', ink: 'text-quiet' },
  good: { icon: CircleCheck, style: 'border-good/40 bg-good-soft', ink: 'text-good' },
  warn: { icon: TriangleAlert, style: 'border-warn/40 bg-warn-soft', ink: 'text-warn' },
  bad: { icon: CircleAlert, style: 'border-bad/40 bg-bad-soft', ink: 'text-bad' },
} as const satisfies Record<Tone, object>;

interface AlertProps {
  readonly tone?: Tone;
  readonly title?: ReactNode;
  readonly children?: ReactNode;
  /** Buttons and links at the end. */
  readonly actions?: ReactNode;
  /** `alert` interrupts a screen reader: for the answer to what was just done. */
  readonly role?: 'status' | 'alert' | 'note';
}

export function Alert({ tone = 'plain', title, children, actions, role = 'note' }: AlertProps) {
  const { icon: Icon, style, ink } = LOOKS[tone];
  return (
    <div
      role={role}
      className={classes('flex flex-wrap items-start gap-3 rounded-lg border px-4 py-3', style)}
    >
      <Icon aria-hidden className={classes('mt-0.5 size-5 shrink-0', ink)} />
      <div className="min-w-0 flex-1 basis-52 text-sm">
        {title !== undefined && <p className="font-semibold">{title}</p>}
        {children}
      </div>
      {actions !== undefined && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
    </div>
  );
}
