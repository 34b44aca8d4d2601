/** The fields of a token, the same for making and changing one. */
import type { ReactNode } from 'react';
import { CheckField, TextField } from '../ui/field';
import type { FormState } from './form-state';
import { formatName } from './token-state';

/** What may be chosen from, and what the plan says beside it. */
export interface TokenChoices {
  /** Models of the plan; `null`: every model there is. */
  readonly planModels: readonly string[] | null;
  /** Models lately used, for whose plan has them all. */
  readonly usedModels: readonly string[];
  readonly formats: readonly string[];
  /** The plan's caps in words. */
  readonly planTokens: string;
  readonly planUsd: string;
  readonly timeZone: string;
}

interface FieldsProps {
  readonly state: Pick<FormState, 'wish' | 'fields'>;
  readonly choices: TokenChoices;
}

function Group({
  legend,
  hint,
  error,
  children,
}: {
  legend: string;
  hint: ReactNode;
  error: string | undefined;
  children: ReactNode;
}) {
  return (
    <fieldset className="min-w-0">
      <legend className="text-sm font-medium">{legend}</legend>
      <p className="mt-0.5 mb-2 text-xs text-quiet">{hint}</p>
      {children}
      {error !== undefined && <p className="mt-1 text-xs font-medium text-bad">{error}</p>}
    </fieldset>
  );
}

function Checks({
  name,
  values,
  chosen,
  names = (value) => value,
}: {
  name: string;
  values: readonly string[];
  chosen: readonly string[];
  names?: (value: string) => string;
}) {
  return (
    <div className="grid max-h-56 gap-x-4 gap-y-2 overflow-y-auto sm:grid-cols-2">
      {values.map((value) => (
        <CheckField
          key={value}
          id={`${name}-${value}`}
          name={name}
          value={value}
          label={names(value)}
          defaultChecked={chosen.includes(value)}
          className="min-w-0 break-words"
        />
      ))}
    </div>
  );
}

function Models({ state: { wish, fields }, choices: { planModels, usedModels } }: FieldsProps) {
  if (planModels === null)
    return (
      <>
        <TextField
          label="Models"
          name="scope_models"
          list="models-used"
          autoComplete="off"
          spellCheck={false}
          defaultValue={wish.models.join(', ')}
          error={fields['scope_models']}
          placeholder="All of your plan"
          hint="Narrows the token to these models, separated by commas. Empty: all of your plan."
        />
        <datalist id="models-used">
          {usedModels.map((model) => (
            <option key={model} value={model} />
          ))}
        </datalist>
      </>
    );
  return (
    <Group
      legend="Models"
      hint="Tick some to narrow the token to them. None ticked: all of your plan."
      error={fields['scope_models']}
    >
      <Checks
        name="scope_models"
        values={[...new Set([...planModels, ...wish.models])]}
        chosen={wish.models}
      />
    </Group>
  );
}

export function TokenFields({ state, choices }: FieldsProps) {
  const { wish, fields } = state;
  return (
    <>
      <TextField
        label="Name"
        name="name"
        required
        maxLength={200}
        autoComplete="off"
        defaultValue={wish.name}
        error={fields['name']}
        placeholder="laptop"
        hint="For you, to tell your tokens apart."
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label="Agent"
          name="agent"
          maxLength={200}
          autoComplete="off"
          defaultValue={wish.agent}
          error={fields['agent']}
          hint="Calls are booked to this agent. Empty: to the one they name."
        />
        <TextField
          label="Campaign"
          name="campaign"
          maxLength={200}
          autoComplete="off"
          defaultValue={wish.campaign}
          error={fields['campaign']}
          hint="Calls are booked to this campaign. Empty: to the one they name."
        />
        <TextField
          label="Tokens a month"
          name="monthly_tokens"
          inputMode="numeric"
          autoComplete="off"
          defaultValue={wish.monthlyTokens}
          error={fields['monthly_tokens']}
          hint={`A cap of its own. Empty: only your plan’s, ${choices.planTokens}.`}
        />
        <TextField
          label="US dollars a month"
          name="monthly_cost_cents"
          inputMode="decimal"
          autoComplete="off"
          defaultValue={wish.monthlyUsd}
          error={fields['monthly_cost_cents']}
          hint={`A cap of its own. Empty: only your plan’s, ${choices.planUsd}.`}
        />
        <TextField
          label="Last day"
          name="expires_at"
          type="date"
          defaultValue={wish.lastDay}
          error={fields['expires_at']}
          hint={`It works through this day (${choices.timeZone}). Empty: until you revoke it.`}
        />
      </div>
      <Models state={state} choices={choices} />
      <Group
        legend="Formats"
        hint="Tick some to narrow the token to them. None ticked: all."
        error={fields['scope_formats']}
      >
        <Checks
          name="scope_formats"
          values={[...new Set([...choices.formats, ...wish.formats])]}
          chosen={wish.formats}
          names={formatName}
        />
      </Group>
    </>
  );
}
