/** What a body lets a router (OpenRouter) run beside its own model: fallbacks, plugins, and tools of the router's. */
import { GatewayError } from '@/lib/domain/errors';
import { isRecord, type JsonRecord, positive, recordsOf } from '@/lib/wire/bodies/record';

/** Tools that run at the router. */
const ROUTER_TOOL_PREFIX = 'openrouter:';
const WEB_SEARCH_TOOL = 'openrouter:web_search';
/** Searches assumed where a search tool sets no bound: answers rarely need more. */
const DEFAULT_WEB_SEARCHES = 5;
/** More than any answer makes; a larger bound holds this much. */
export const MOST_WEB_SEARCHES = 1_000;
/** Tools hold tools of their own (an advisor's search); real ones go no deeper. */
const MAX_DEPTH = 8;

/** Keys that name models: `model`, `models`, `analysis_models`, `allowed_models`, `judge_model`. */
const NAMES_MODELS = /(?:^|_)models?$|^fallbacks$/;

/**
 * Plugins by id, with the fields in which they must name their models: left out, the router chooses among all it has.
 * Unknown ones are refused, because nobody knows which models they call (openrouter.ai/docs/guides/features/plugins).
 */
const PLUGINS: ReadonlyMap<unknown, readonly string[]> = new Map([
  ['web', []],
  ['web-fetch', []],
  ['file-parser', []],
  ['response-healing', []],
  ['context-compression', []],
  ['moderation', []],
  ['auto-router', ['allowed_models']],
  ['auto-beta-router', ['allowed_models']],
  ['fusion', ['analysis_models', 'model']],
]);

/** The router's tools likewise; an advisor without a model leaves the choice to the model that asks it. */
const TOOLS: ReadonlyMap<unknown, readonly string[]> = new Map([
  [WEB_SEARCH_TOOL, []],
  ['openrouter:web_fetch', []],
  ['openrouter:datetime', []],
  ['openrouter:apply_patch', []],
  ['openrouter:shell', []],
  ['openrouter:advisor', ['model']],
  ['openrouter:subagent', ['model']],
  ['openrouter:image_generation', ['model']],
  ['openrouter:fusion', ['analysis_models', 'model']],
]);

export function runsAtRouter({ type }: JsonRecord): boolean {
  return typeof type === 'string' && type.startsWith(ROUTER_TOOL_PREFIX);
}

/**
 * Every further model a body names: one must not reach a model its caller may not use. `route` only says whether
 * fallbacks are followed.
 * @throws GatewayError `policy_blocked` for what would reach models that the body doesn't name
 */
export function otherModels(
  model: string,
  body: JsonRecord,
  tools: readonly JsonRecord[],
): readonly string[] {
  if ((body['preset'] ?? null) !== null)
    refuse('preset', 'presets of the operator’s account can’t be used through this gateway');
  const found = new Set<string>();
  addModels(body['models'], found);
  addModels(body['fallbacks'], found);
  addPlugins(body['plugins'], found);
  for (const tool of tools) {
    addModels(tool['model'], found);
    if (runsAtRouter(tool)) addConfigured(tool, found, 0);
  }
  found.delete(model);
  return [...found];
}

function addPlugins(plugins: unknown, found: Set<string>): void {
  if ((plugins ?? null) === null) return;
  if (!Array.isArray(plugins)) refuse('plugins', 'a list is expected');
  for (const plugin of plugins) {
    const id = isRecord(plugin) ? plugin['id'] : plugin;
    const needed = PLUGINS.get(id);
    if (needed === undefined || !isRecord(plugin))
      refuse('plugins', `the plugin ${shown(id)} can’t be used through this gateway`);
    assertNamed(plugin, needed, `plugins.${String(id)}`);
    addConfigured(plugin, found, 0);
  }
}

/** All models named anywhere in a plugin's or tool's settings, those of the tools it holds included. */
function addConfigured(settings: JsonRecord, found: Set<string>, depth: number): void {
  if (depth > MAX_DEPTH) refuse('tools', 'they nest too deep');
  if (runsAtRouter(settings)) {
    const needed = TOOLS.get(settings['type']);
    if (needed === undefined)
      refuse('tools', `the tool ${shown(settings['type'])} can’t be used through this gateway`);
    const { parameters } = settings;
    assertNamed(isRecord(parameters) ? parameters : {}, needed, String(settings['type']));
  }
  for (const [key, value] of Object.entries(settings)) {
    if (NAMES_MODELS.test(key)) addModels(value, found);
    for (const inner of Array.isArray(value) ? value : [value])
      if (isRecord(inner)) addConfigured(inner, found, depth + 1);
  }
}

function assertNamed(settings: JsonRecord, needed: readonly string[], place: string): void {
  for (const key of needed) {
    const value = settings[key];
    const names = Array.isArray(value) ? value : [value];
    if (names.length === 0 || !names.every((name) => typeof name === 'string' && name !== ''))
      refuse(`${place}.${key}`, 'name the models it may call; this gateway checks each before it is called');
  }
}

function addModels(value: unknown, found: Set<string>): void {
  for (const one of Array.isArray(value) ? value : [value]) {
    const name: unknown = isRecord(one) ? one['model'] : one;
    if (typeof name === 'string' && name !== '') found.add(name);
  }
}

/** Web searches that the router may make: with a suffix, as a plugin, as a tool. */
export function routerSearches(model: string, body: JsonRecord, tools: readonly JsonRecord[]): number {
  let total = 0;
  if (model.endsWith(':online') || recordsOf(body['plugins']).some(({ id }) => id === 'web')) total += 1;
  for (const { type, parameters } of tools) {
    if (type !== WEB_SEARCH_TOOL) continue;
    const most = isRecord(parameters) ? parameters['max_uses'] : null;
    total += positive(most, MOST_WEB_SEARCHES) ?? DEFAULT_WEB_SEARCHES;
  }
  return total;
}

/** Longest id of a caller's that a message repeats. */
const LONGEST_SHOWN = 60;

function shown(id: unknown): string {
  return typeof id === 'string' ? `'${id.slice(0, LONGEST_SHOWN)}'` : 'without an id';
}

function refuse(param: string, reason: string): never {
  throw new GatewayError('policy_blocked', `${param}: ${reason}.`, { param });
}
