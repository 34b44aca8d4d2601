/** Form fields with label, hint and error tied to them. */
import type { ComponentProps, ReactNode } from 'react';
import { classes } from './classes';

const CONTROL =
  'block w-full rounded-md border border-edge bg-panel px-3 py-1.5 text-sm text-ink placeholder:text-quiet aria-invalid:border-bad';

interface FieldProps {
  readonly label: string;
  readonly name: string;
  readonly hint?: ReactNode;
  /** What is wrong with it; shown beside it and read out with it. */
  readonly error?: string | undefined;
  /** Two forms of one page may have fields of one name. */
  readonly id?: string;
  readonly className?: string;
}

function partsOf({ id, name, hint, error }: FieldProps) {
  const field = id ?? name;
  const described = [
    hint === undefined ? null : `${field}-hint`,
    error === undefined ? null : `${field}-error`,
  ];
  const by = described.filter((one) => one !== null).join(' ');
  return {
    field,
    aria: {
      ...(by === '' ? {} : { 'aria-describedby': by }),
      ...(error === undefined ? {} : { 'aria-invalid': true as const }),
    },
  };
}

function Frame({ children, ...props }: FieldProps & { readonly children: ReactNode }) {
  const { field } = partsOf(props);
  return (
    <div className={classes('min-w-0', props.className)}>
      <label htmlFor={field} className="mb-1 block text-sm font-medium">
        {props.label}
      </label>
      {children}
      {props.hint !== undefined && (
        <p id={`${field}-hint`} className="mt-1 text-xs text-quiet">
          {props.hint}
        </p>
      )}
      {props.error !== undefined && (
        <p id={`${field}-error`} className="mt-1 text-xs font-medium text-bad">
          {props.error}
        </p>
      )}
    </div>
  );
}

type Own<Element extends 'input' | 'select' | 'textarea'> = Omit<ComponentProps<Element>, keyof FieldProps>;

export function TextField({ label, name, hint, error, id, className, ...props }: FieldProps & Own<'input'>) {
  const field = {
    label,
    name,
    hint,
    ...(error === undefined ? {} : { error }),
    ...(id === undefined ? {} : { id }),
  };
  const parts = partsOf(field);
  return (
    <Frame {...field} className={className ?? ''}>
      <input {...props} {...parts.aria} id={parts.field} name={name} className={classes(CONTROL, 'h-9')} />
    </Frame>
  );
}

export function AreaField({
  label,
  name,
  hint,
  error,
  id,
  className,
  ...props
}: FieldProps & Own<'textarea'>) {
  const field = {
    label,
    name,
    hint,
    ...(error === undefined ? {} : { error }),
    ...(id === undefined ? {} : { id }),
  };
  const parts = partsOf(field);
  return (
    <Frame {...field} className={className ?? ''}>
      <textarea {...props} {...parts.aria} id={parts.field} name={name} className={CONTROL} />
    </Frame>
  );
}

/** The browser's own list: the best one on phones, and it works without scripts. Children are `<option>`s. */
export function SelectField({
  label,
  name,
  hint,
  error,
  id,
  className,
  ...props
}: FieldProps & Own<'select'>) {
  const field = {
    label,
    name,
    hint,
    ...(error === undefined ? {} : { error }),
    ...(id === undefined ? {} : { id }),
  };
  const parts = partsOf(field);
  return (
    <Frame {...field} className={className ?? ''}>
      <select {...props} {...parts.aria} id={parts.field} name={name} className={classes(CONTROL, 'h-9')} />
    </Frame>
  );
}

export function CheckField({ label, name, hint, id, className, ...props }: FieldProps & Own<'input'>) {
  const field = id ?? name;
  return (
    <div className={classes('flex items-start gap-2', className)}>
      <input
        {...props}
        type="checkbox"
        id={field}
        name={name}
        aria-describedby={hint === undefined ? undefined : `${field}-hint`}
        className="mt-0.5 size-4 accent-accent"
      />
      <div className="text-sm">
        <label htmlFor={field}>{label}</label>
        {hint !== undefined && (
          <p id={`${field}-hint`} className="text-xs text-quiet">
            {hint}
          </p>
        )}
      </div>
    </div>
  );
}
