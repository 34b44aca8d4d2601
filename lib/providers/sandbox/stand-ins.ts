/** The models the sandbox stands in for: in each format those that its real providers would serve. */
import { ANTHROPIC_MODELS } from '@/lib/providers/anthropic/models';
import { BEDROCK_MODELS } from '@/lib/providers/bedrock/models';
import { type Catalogue, createCatalogue } from '@/lib/providers/catalogue';
import { GOOGLE_MODELS } from '@/lib/providers/google/models';
import { OPENAI_MODELS } from '@/lib/providers/openai/models';
import { VERTEX_CLAUDE_MODELS } from '@/lib/providers/vertex/models';
import type { ModelEntry } from '@/lib/domain/model';
import type { ModelMatch } from '../provider';

/** The models of one format, and the look of ids that are plainly of their kind though not listed. */
interface StandIn {
  readonly models: readonly ModelEntry[];
  readonly looks: RegExp;
}

const chat = (models: readonly ModelEntry[]) => models.filter(({ kind }) => kind === 'chat');
const embedding = (models: readonly ModelEntry[]) => models.filter(({ kind }) => kind === 'embedding');

const STAND_INS: Readonly<Record<string, StandIn>> = {
  'anthropic-messages': { models: ANTHROPIC_MODELS, looks: /^claude-/ },
  embed: { models: embedding(GOOGLE_MODELS), looks: /^gemini-embedding-/ },
  // Anthropic and Google serve their models in OpenAI's formats too.
  'openai-chat': {
    models: [...chat(OPENAI_MODELS), ...chat(ANTHROPIC_MODELS), ...chat(GOOGLE_MODELS)],
    looks: /^(gpt-|chatgpt-|o\d|ft:|claude-|gemini-)/,
  },
  'openai-responses': { models: chat(OPENAI_MODELS), looks: /^(gpt-|chatgpt-|o\d|ft:)/ },
  'openai-embeddings': {
    models: [...embedding(OPENAI_MODELS), ...embedding(GOOGLE_MODELS)],
    looks: /^(text-embedding-|gemini-embedding-)/,
  },
  gemini: { models: GOOGLE_MODELS, looks: /^gemini-/ },
  'vertex-gemini': { models: GOOGLE_MODELS, looks: /^gemini-/ },
  'vertex-claude': { models: VERTEX_CLAUDE_MODELS, looks: /^claude-/ },
  // What embeds on Bedrock has a body of its own per model.
  bedrock: {
    models: chat(BEDROCK_MODELS),
    looks: /^(ai21|amazon|anthropic|cohere|deepseek|google|meta|mistral|openai|qwen)\./,
  },
};

/** Formats the sandbox speaks. */
export const FORMATS: readonly string[] = Object.keys(STAND_INS);

/** A Bedrock ARN up to its last part, and the regions of inference profiles; what follows is the model's own id. */
const ARN = /^arn:aws[a-z-]*:bedrock:[^/]*\//;
const PROFILE = /^(?:us|us-gov|eu|apac|jp|au|ca|global)\./;

const ownId = (model: string) => model.replace(ARN, '').replace(PROFILE, '');

const byFormat = new Map<string, Catalogue>(
  Object.entries(STAND_INS).map(([format, { models }]) => [
    format,
    createCatalogue([{ provider: format, models }]),
  ]),
);
/** Vertex's and Google's lists repeat ids of the others under the same price: the first counts. */
const all = createCatalogue(
  Object.entries(STAND_INS).map(([provider, { models }]) => ({ provider, models })),
);

/** Every model of every format, each id once. */
export const MODELS: readonly ModelEntry[] = [
  ...new Map(all.all.map(({ entry }) => [entry.id, entry])).values(),
];

/** The model an id means in any of the formats. */
export function find(model: string): ModelMatch | null {
  const id = ownId(model);
  const entry = all.find(id)?.entry ?? null;
  const known = entry !== null || Object.values(STAND_INS).some(({ looks }) => looks.test(id));
  return known ? { entry, upstreamModel: model } : null;
}

/** Whether a real provider of the format would take the model. */
export function serves(format: string, entry: ModelEntry | null, upstreamModel: string): boolean {
  const id = ownId(upstreamModel);
  if (entry === null) return STAND_INS[format]?.looks.test(id) ?? false;
  return (byFormat.get(format)?.find(id) ?? null) !== null;
}
