/** A gateway's fake upstreams for all dialects at once, addressed by dialect. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Dialect } from '@/tests/support/dialects';
import type { Rig, RigOptions } from '@/tests/support/mounts';
import type { Behaviour } from '@/tests/support/upstream-answer';
import type { RecordedRequest, Upstream } from '@/tests/support/upstream-server';

type Variables = Readonly<Record<string, string>>;

export interface EveryUpstream {
  /** What a rig is to be started with. */
  options(variables: Variables): RigOptions;
  /** Tells which rig it is, once that exists. */
  bind(rig: Rig): void;
  of(dialect: Dialect): Upstream;
  /** How the dialect's upstream answers calls of a model until the test's end. */
  script(dialect: Dialect, behaviour: Behaviour): void;
  /** The next answers are given whole and not ended before `release`. */
  hold(dialect: Dialect, behaviour?: Behaviour): { reached(): Promise<void>; release(): void };
  /** The calls of models that came, without those for Google's access tokens. */
  calls(dialect: Dialect): readonly RecordedRequest[];
}

const TOKEN_PATH = '/token';
/** How often is looked whether a call has reached its upstream. */
const LOOK_AGAIN_MS = 5;
const REACH_DEADLINE_MS = 20_000;

/** Of the rig that is bound, once that exists. */
export function everyUpstream(): EveryUpstream {
  let bound: Rig | null = null;
  const of = ({ upstream }: Dialect): Upstream => {
    if (bound === null) throw new Error('no rig is bound');
    return bound[upstream];
  };
  const calls = (dialect: Dialect) => of(dialect).requests.filter(({ path }) => path !== TOKEN_PATH);
  const script = (dialect: Dialect, behaviour: Behaviour): void =>
    of(dialect).script(({ path }) => (path === TOKEN_PATH ? null : behaviour));
  return {
    options: (variables) => ({ variables, openai: {}, bedrock: {}, vertex: {} }),
    bind: (rig) => void (bound = rig),
    of,
    script,
    calls,
    hold(dialect, behaviour = {}) {
      let release = (): void => undefined;
      const hold = new Promise<void>((resolve) => (release = resolve));
      const before = calls(dialect).length;
      script(dialect, { ...behaviour, hold });
      const reached = async (): Promise<void> => {
        for (const untilMs = Date.now() + REACH_DEADLINE_MS; calls(dialect).length === before;) {
          if (Date.now() > untilMs) throw new Error(`nothing reached the upstream of ${dialect.name}`);
          await sleep(LOOK_AGAIN_MS);
        }
      };
      return { reached, release };
    },
  };
}
