'use client';

/** Forms of the operator's pages: one frame for fields, and one for a single button. They work without scripts too. */
import { useActionState, type ReactNode } from 'react';
import { Alert } from '../ui/alert';
import type { Button } from '../ui/button';
import { SubmitButton } from '../ui/submit-button';
import { type FormAction, type FormState, UNTOUCHED } from './form-state';
import type { ComponentProps } from 'react';

/** What the last press did. */
export function Outcome({ state }: { readonly state: FormState }) {
  if (state.problem !== null)
    return (
      <Alert tone="bad" role="alert">
        <p>{state.problem}</p>
      </Alert>
    );
  if (state.done === null) return null;
  return (
    <Alert tone="good" role="status">
      <p>{state.done}</p>
    </Alert>
  );
}

export function Hidden({ values }: { readonly values: Readonly<Record<string, string>> }) {
  return Object.entries(values).map(([name, value]) => (
    <input key={name} type="hidden" name={name} value={value} />
  ));
}

interface FoldedProps {
  readonly summary: string;
  readonly open: boolean;
  readonly children: ReactNode;
}

/** A form that is folded away until it is wanted, or has something to say. */
export function Folded({ summary, open, children }: FoldedProps) {
  return (
    <details open={open}>
      <summary className="w-fit py-1 text-sm font-medium">{summary}</summary>
      <div className="mt-3">{children}</div>
    </details>
  );
}

interface ActionButtonProps {
  readonly action: FormAction;
  readonly values: Readonly<Record<string, string>>;
  readonly look?: ComponentProps<typeof Button>['look'];
  readonly size?: ComponentProps<typeof Button>['size'];
  /** What is read out, where the text alone doesn't say whom it concerns. */
  readonly label?: string;
  readonly children: ReactNode;
}

export function ActionButton({ action, values, look = 'plain', size, label, children }: ActionButtonProps) {
  const [state, act] = useActionState(action, UNTOUCHED);
  return (
    <form action={act} className="flex flex-col gap-2">
      <Hidden values={values} />
      <div>
        <SubmitButton look={look} {...(size === undefined ? {} : { size })} aria-label={label}>
          {children}
        </SubmitButton>
      </div>
      <Outcome state={state} />
    </form>
  );
}
