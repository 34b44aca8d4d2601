/** Hosted tools that OpenAI bills a flat fee for: containers that code runs in, and searches in stored files. */
import type { HostedTools } from '@/lib/domain/usage';
import { isRecord, type JsonRecord, recordsOf, textOf } from '@/lib/wire/bodies/record';

/** Gigabytes of the container sizes; one that is not listed is taken for the largest. */
const SIZES_GB: Readonly<Record<string, number>> = { '1g': 1, '4g': 4, '16g': 16, '64g': 64 };
const DEFAULT_GB = 1;
const LARGEST_GB = 64;

/** Tools that run in a container: the code interpreter names it itself, the shell as its environment. */
function containerOf({ type, container, environment }: JsonRecord): unknown {
  if (type === 'code_interpreter') return container ?? {};
  return type === 'shell' && isRecord(environment) && environment['type'] !== 'local' ? environment : null;
}

function sizeOf(container: unknown): number {
  const limit = isRecord(container) ? (container['memory_limit'] ?? null) : null;
  if (limit === null) return DEFAULT_GB;
  return SIZES_GB[textOf(limit)?.toLowerCase() ?? ''] ?? LARGEST_GB;
}

/** Containers that a request's tools may start, one a tool. */
function containersOf(tools: readonly JsonRecord[]): readonly unknown[] {
  return tools.map(containerOf).filter((container) => container !== null);
}

/** The most that a request's tools may use; none where it has no such tool. */
export function mostHostedTools(tools: readonly JsonRecord[], mostCalls: number): HostedTools | null {
  const containerGb = containersOf(tools).reduce<number>((sum, container) => sum + sizeOf(container), 0);
  const fileSearches = tools.some(({ type }) => type === 'file_search') ? mostCalls : 0;
  return containerGb + fileSearches === 0 ? null : { containerGb, fileSearches };
}

/** Counts an answer's items: calls in one container share its session. */
export class HostedToolCount {
  private readonly containers = new Set<string>();
  private fileSearches = 0;

  take({ type, container_id: container, environment }: JsonRecord): void {
    if (type === 'file_search_call') this.fileSearches += 1;
    else if (type === 'code_interpreter_call') this.containers.add(textOf(container) ?? '');
    else if (type === 'shell_call' && isRecord(environment)) {
      const id = textOf(environment['container_id']);
      if (id !== null) this.containers.add(id);
    }
  }

  /** Which container is of which size no answer tells: all are taken for the largest that its tools name. */
  used(tools: readonly JsonRecord[]): HostedTools | null {
    const { fileSearches } = this;
    if (this.containers.size + fileSearches === 0) return null;
    const gb = Math.max(DEFAULT_GB, ...containersOf(tools).map(sizeOf));
    return { containerGb: this.containers.size * gb, fileSearches };
  }
}

/** What a whole Response used. */
export function hostedToolsOf(response: JsonRecord): HostedTools | null {
  const count = new HostedToolCount();
  for (const item of recordsOf(response['output'])) count.take(item);
  return count.used(recordsOf(response['tools']));
}
