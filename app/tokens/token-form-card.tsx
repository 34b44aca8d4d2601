'use client';

/** The forms that make, change, rotate and revoke a token. What they answer stands in their place, also without scripts. */
import Link from 'next/link';
import { type ReactNode, useActionState } from 'react';
import { Alert } from '../ui/alert';
import { Button } from '../ui/button';
import { Card } from '../ui/card';
import { SelectField } from '../ui/field';
import { SubmitButton } from '../ui/submit-button';
import { type FormState, OVERLAPS } from './form-state';
import { SecretShown } from './secret-shown';
import { TokenFields, type TokenChoices } from './token-fields';

type Action = (before: FormState, form: FormData) => Promise<FormState>;

interface FormProps {
  readonly action: Action;
  readonly initial: FormState;
  /** Where to go without doing it. */
  readonly back: string;
  readonly submit: string;
}

function Problem({ problem, fields }: Pick<FormState, 'problem' | 'fields'>) {
  const count = Object.keys(fields).filter((field) => field !== '').length;
  if (problem === null && count === 0) return null;
  return (
    <Alert tone="bad" role="alert" title="That didn’t work.">
      {problem ?? 'Nothing was changed yet. What is wrong stands beside its field.'}
    </Alert>
  );
}

function Buttons({
  back,
  submit,
  look = 'main',
}: {
  back: string;
  submit: string;
  look?: 'main' | 'danger';
}) {
  return (
    <div className="flex flex-wrap gap-2">
      <SubmitButton look={look}>{submit}</SubmitButton>
      <Button asChild look="quiet">
        <Link href={back} prefetch={false}>
          Cancel
        </Link>
      </Button>
    </div>
  );
}

/** Makes or changes a token. */
export function TokenForm({
  action,
  initial,
  back,
  submit,
  title,
  choices,
  note,
}: FormProps & { readonly title: string; readonly choices: TokenChoices; readonly note?: ReactNode }) {
  const [state, send] = useActionState(action, initial);
  if (state.made !== null) return <SecretShown made={state.made} />;
  return (
    <Card id="token-form" title={title}>
      <form action={send} className="flex max-w-3xl flex-col gap-5">
        <Problem {...state} />
        {note}
        <div key={state.answers} className="flex flex-col gap-5">
          <TokenFields state={state} choices={choices} />
        </div>
        <Buttons back={back} submit={submit} />
      </form>
    </Card>
  );
}

export function RotateForm({
  action,
  initial,
  back,
  submit,
  children,
}: FormProps & { readonly children?: ReactNode }) {
  const [state, send] = useActionState(action, initial);
  if (state.made !== null) return <SecretShown made={state.made} />;
  return (
    <Card id="rotate" title="A new secret, the same rights">
      <form action={send} className="flex max-w-xl flex-col gap-5">
        <Problem {...state} />
        {children}
        <p className="text-sm">
          You get a new token with the same name, agent, caps and scopes. What was used of its own caps this
          month counts on. Put the new one where the old one is before the old one ends.
        </p>
        <SelectField label="The old token ends" name="overlap_seconds" defaultValue="3600">
          {OVERLAPS.map(([seconds, name]) => (
            <option key={seconds} value={seconds}>
              {name}
            </option>
          ))}
        </SelectField>
        <Buttons back={back} submit={submit} />
      </form>
    </Card>
  );
}

export function RevokeForm({
  action,
  initial,
  back,
  submit,
  children,
}: FormProps & { readonly children: ReactNode }) {
  const [state, send] = useActionState(action, initial);
  return (
    <Card id="revoke" title="This can’t be undone">
      <form action={send} className="flex max-w-xl flex-col gap-5">
        <Problem {...state} />
        {children}
        <Buttons back={back} submit={submit} look="danger" />
      </form>
    </Card>
  );
}
