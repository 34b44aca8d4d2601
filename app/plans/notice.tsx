/** What happened on the way to another plan. */
import { Alert } from '../ui/alert';
import type { Tone } from '../ui/badge';

const NOTICES = {
  done: [
    'good',
    'Thank you.',
    'The new plan holds as soon as the payment is confirmed, mostly within seconds, and from the next call on.',
  ],
  cancelled: ['plain', 'Nothing was bought.', 'You are on the same plan as before.'],
  ask: ['plain', 'This plan isn’t sold here.', 'Ask whoever runs this gateway for it.'],
  unknown: ['warn', 'There is no such plan.', 'The plans on offer are below.'],
  unavailable: [
    'warn',
    'The payment page can’t be reached right now.',
    'Nothing was bought. Try again in a minute.',
  ],
} as const satisfies Record<string, readonly [Tone, string, string]>;

export type NoticeName = keyof typeof NOTICES;

const isNotice = (name: unknown): name is NoticeName =>
  typeof name === 'string' && Object.hasOwn(NOTICES, name);

/** From the address: the seller comes back with `checkout`, our own way there with `problem`. */
export function readNotice({
  checkout,
  problem,
}: Readonly<Record<string, string | readonly string[] | undefined>>): NoticeName | null {
  if (checkout === 'done' || checkout === 'cancelled') return checkout;
  return problem !== 'done' && isNotice(problem) ? problem : null;
}

export function Notice({ name }: { readonly name: NoticeName | null }) {
  if (name === null) return null;
  const [tone, title, text] = NOTICES[name];
  return (
    <Alert tone={tone} title={title} role="status">
      {text}
    </Alert>
  );
}
