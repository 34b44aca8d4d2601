'use client';

/** The editor of a plan; what it would do to this month's customers can be looked at before. */
import { useActionState } from 'react';
import { AreaField, CheckField, TextField } from '../../ui/field';
import { Button } from '../../ui/button';
import { SubmitButton } from '../../ui/submit-button';
import { Folded, Hidden, Outcome } from '../action-form';
import { type FormAction, UNTOUCHED } from '../form-state';

/** A plan as its form shows it: texts, empty where there is no limit. */
export interface PlanTexts {
  readonly plan: string;
  readonly monthly_tokens: string;
  readonly monthly_cost_cents: string;
  readonly rate_limit_rpm: string;
  readonly rate_limit_tpm: string;
  readonly count_cache_reads: boolean;
  readonly models: string;
  readonly price_cents: string;
  readonly listed: boolean;
  readonly description: string;
  readonly stripe_price_id: string;
}

interface PlanFormProps {
  readonly action: FormAction;
  readonly plan: PlanTexts;
  readonly isNew: boolean;
}

export function PlanForm({ action, plan, isNew }: PlanFormProps) {
  const [state, act] = useActionState(action, UNTOUCHED);
  const { fields, values } = state;
  const typed = Object.keys(values).length > 0;
  const prefix = isNew ? 'new' : plan.plan;
  const text = (name: Exclude<keyof PlanTexts, 'count_cache_reads' | 'listed'>) => ({
    id: `${prefix}-${name}`,
    name,
    autoComplete: 'off',
    defaultValue: values[name] ?? plan[name],
    error: fields[name],
  });
  const check = (name: 'count_cache_reads' | 'listed') => ({
    id: `${prefix}-${name}`,
    name,
    defaultChecked: typed ? values[name] === 'on' : plan[name],
  });
  return (
    <Folded
      summary={isNew ? 'Make a new plan' : `Change the plan ${plan.plan}`}
      open={(state.done ?? state.problem) !== null}
    >
      <form action={act} className="flex flex-col gap-4">
        <Outcome state={state} />
        <Hidden values={{ is_new: String(isNew), ...(isNew ? {} : { plan: plan.plan }) }} />
        {isNew && (
          <TextField
            label="Name"
            {...text('plan')}
            hint="Letters, digits and . _ -; it can’t be changed later."
          />
        )}
        <div className="grid gap-4 sm:grid-cols-2">
          <TextField
            label="Tokens a month"
            {...text('monthly_tokens')}
            inputMode="numeric"
            hint="Empty: no cap."
          />
          <TextField
            label="Money a month, US dollars"
            {...text('monthly_cost_cents')}
            inputMode="decimal"
            hint="What providers may charge. Empty: no cap; then models without a price are allowed too."
          />
          <TextField label="Requests per minute" {...text('rate_limit_rpm')} inputMode="numeric" required />
          <TextField label="Tokens per minute" {...text('rate_limit_tpm')} inputMode="numeric" required />
          <TextField
            label="Price a month, US dollars"
            {...text('price_cents')}
            inputMode="decimal"
            hint="What the customer pays you. Empty: not said, so no margin is shown."
          />
          <TextField
            label="Stripe price"
            {...text('stripe_price_id')}
            placeholder="price_…"
            hint="The recurring price that Checkout sells the plan by."
          />
        </div>
        <TextField label="Description" {...text('description')} hint="One line for who compares plans." />
        <AreaField label="Models" {...text('models')} rows={3} hint="One id per line. Empty: every model." />
        <div className="flex flex-col gap-2">
          <CheckField
            label="Prompt-cache reads count against the month’s tokens"
            {...check('count_cache_reads')}
          />
          <CheckField label="Shown to customers who compare plans" {...check('listed')} />
        </div>
        <div className="flex flex-wrap gap-2">
          <SubmitButton name="intent" value="save">
            {isNew ? 'Create plan' : 'Save'}
          </SubmitButton>
          {!isNew && (
            <Button type="submit" name="intent" value="preview">
              Who would be over these caps?
            </Button>
          )}
        </div>
      </form>
    </Folded>
  );
}
