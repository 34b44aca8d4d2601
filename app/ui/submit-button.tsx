'use client';

import type { ComponentProps } from 'react';
import { useFormStatus } from 'react-dom';
import { Button } from './button';

/** The button of a form: says so while the form is under way, and can't be pressed twice. */
export function SubmitButton({
  children,
  busy = 'One moment …',
  disabled,
  ...props
}: ComponentProps<typeof Button> & { readonly busy?: string }) {
  const { pending } = useFormStatus();
  return (
    <Button look="main" {...props} type="submit" disabled={pending || disabled === true} aria-live="polite">
      {pending ? busy : children}
    </Button>
  );
}
