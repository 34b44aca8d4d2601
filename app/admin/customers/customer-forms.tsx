'use client';

/** Forms about a customer: made, changed, and signed in by a link. */
import { useActionState } from 'react';
import { CopyText } from '../../ui/copy-text';
import { Alert } from '../../ui/alert';
import { SelectField, TextField } from '../../ui/field';
import { SubmitButton } from '../../ui/submit-button';
import { Hidden, Outcome } from '../action-form';
import { type FormAction, UNTOUCHED } from '../form-state';

interface CustomerFormProps {
  readonly action: FormAction;
  /** `null` for a new customer. */
  readonly customer: {
    readonly id: string;
    readonly name: string | null;
    readonly email: string | null;
    readonly plan: string;
  } | null;
  readonly plans: readonly string[];
}

export function CustomerForm({ action, customer, plans }: CustomerFormProps) {
  const [state, act] = useActionState(action, UNTOUCHED);
  const { fields, values } = state;
  const plan = values['plan'] ?? customer?.plan ?? plans[0];
  return (
    <form action={act} className="flex max-w-xl flex-col gap-4">
      <Outcome state={state} />
      {customer === null ? (
        <TextField
          label="Id"
          name="id"
          autoComplete="off"
          hint="Your own id for the customer, as signed tokens name them. One is made when left empty."
          defaultValue={values['id']}
          error={fields['id']}
        />
      ) : (
        <Hidden values={{ user: customer.id }} />
      )}
      <TextField
        label="Name"
        name="name"
        autoComplete="off"
        defaultValue={values['name'] ?? customer?.name ?? ''}
        error={fields['name']}
      />
      <TextField
        label="E-mail"
        name="email"
        type="email"
        autoComplete="off"
        hint="Signs the customer in where an issuer says who they are."
        defaultValue={values['email'] ?? customer?.email ?? ''}
        error={fields['email']}
      />
      <SelectField
        key={plan}
        label="Plan"
        name="plan"
        defaultValue={plan}
        error={fields['plan']}
        hint={customer === null ? undefined : 'Holds from the next call on.'}
      >
        {plans.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </SelectField>
      <div>
        <SubmitButton>{customer === null ? 'Create customer' : 'Save'}</SubmitButton>
      </div>
    </form>
  );
}

const LIVES = [
  ['900', '15 minutes'],
  ['3600', 'An hour'],
  ['86400', 'A day'],
] as const;

/** Makes a link and shows it, once: only a hash of it is kept. */
export function SignInLinkForm({ action, user }: { readonly action: FormAction; readonly user: string }) {
  const [state, act] = useActionState(action, UNTOUCHED);
  return (
    <form action={act} className="flex flex-col gap-3">
      <Hidden values={{ user }} />
      <div className="flex flex-wrap items-end gap-3">
        <SelectField label="The link is good for" name="seconds" defaultValue="900" className="basis-40">
          {LIVES.map(([seconds, name]) => (
            <option key={seconds} value={seconds}>
              {name}
            </option>
          ))}
        </SelectField>
        <SubmitButton look="plain">Make a sign-in link</SubmitButton>
      </div>
      <Outcome state={state} />
      {state.secret !== null && (
        <Alert tone="good" role="status" title="This link is shown this once, and signs in once.">
          <p className="mt-1 flex items-start gap-1">
            <code className="min-w-0 break-all">{state.secret.url}</code>
            <CopyText text={state.secret.url} what="the link" />
          </p>
          <p className="mt-1 text-quiet">
            Whoever opens it is the customer. It is good until {state.secret.expiresAt}.
          </p>
        </Alert>
      )}
    </form>
  );
}
