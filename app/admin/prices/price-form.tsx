'use client';

/** Sets what a model costs from a day on, in dollars per million tokens. */
import { useActionState } from 'react';
import { TextField } from '../../ui/field';
import { SubmitButton } from '../../ui/submit-button';
import { Folded, Outcome } from '../action-form';
import { type FormAction, UNTOUCHED } from '../form-state';

const RATES = [
  ['input', 'Input', true],
  ['output', 'Output', true],
  ['cache_read', 'Cache reads', false],
  ['cache_write_5m', 'Cache writes, 5 minutes', false],
  ['cache_write_1h', 'Cache writes, an hour', false],
  ['web_search', 'A web search', false],
] as const;

interface PriceFormProps {
  readonly action: FormAction;
  readonly today: string;
  /** A model that the page was asked to price. */
  readonly model: string;
}

export function PriceForm({ action, today, model }: PriceFormProps) {
  const [state, act] = useActionState(action, UNTOUCHED);
  const { fields, values } = state;
  return (
    <Folded summary="Set what a model costs" open={model !== '' || (state.done ?? state.problem) !== null}>
      <form action={act} className="flex flex-col gap-4">
        <Outcome state={state} />
        <div className="grid gap-4 sm:grid-cols-2">
          <TextField
            label="Model"
            name="model"
            autoComplete="off"
            required
            defaultValue={values['model'] ?? model}
            error={fields['model']}
          />
          <TextField
            label="From (UTC day)"
            name="effective_from"
            type="date"
            defaultValue={values['effective_from'] ?? today}
            error={fields['effective_from']}
          />
        </div>
        <fieldset>
          <legend className="mb-2 text-sm font-medium">
            US dollars per million tokens; what is left empty costs as input
          </legend>
          <div className="grid gap-4 sm:grid-cols-3">
            {RATES.map(([name, label, required]) => (
              <TextField
                key={name}
                label={label}
                name={name}
                inputMode="decimal"
                autoComplete="off"
                required={required}
                defaultValue={values[name]}
                error={fields[name]}
                {...(name === 'web_search' ? { hint: 'Dollars each; empty: nothing.' } : {})}
              />
            ))}
          </div>
        </fieldset>
        <div>
          <SubmitButton>Set the price</SubmitButton>
        </div>
      </form>
    </Folded>
  );
}
