/** Claude as Vertex and Bedrock host it: Anthropic's bodies, with the version in them and the model in the path. */
import {
  answerTo,
  type AnthropicMessage,
  type AnthropicUsage,
  type MessagesRequest,
} from '@/tests/support/anthropic-messages';

export interface HostedBody extends Partial<Omit<MessagesRequest, 'model'>> {
  readonly anthropic_version?: string;
}

/** What `@anthropic-ai/bedrock-sdk` and `vertex-sdk` 1.x put into their bodies: both hosts serve them. */
const SDK_VERSION = '2026-10-21';

export interface HostRules {
  readonly version: string;
  /** Fields of Anthropic's own API that this host takes from elsewhere and refuses in the body. */
  readonly refused: readonly string[];
  /** How the host names a field it refuses. */
  readonly refusal: (field: string) => string;
}

/** What the body is refused for, in the host's words; `null`: nothing. */
export function hostedProblem(body: HostedBody, rules: HostRules): string | null {
  if (body.anthropic_version === undefined) return 'anthropic_version: Field required';
  if (body.anthropic_version !== rules.version && body.anthropic_version !== SDK_VERSION)
    return `anthropic_version: Input should be '${rules.version}'`;
  const extra = rules.refused.find((field) => field in body);
  if (extra !== undefined) return rules.refusal(extra);
  if (body.max_tokens === undefined) return 'max_tokens: Field required';
  if (!(body.max_tokens >= 1)) return 'max_tokens: must be greater than or equal to 1';
  if (!Array.isArray(body.messages)) return 'messages: Field required';
  return body.messages.length === 0 ? 'messages: at least one message is required' : null;
}

/** The native answer; hosts report neither a service tier nor where the model ran. */
export function hostedMessage(
  body: HostedBody,
  model: string,
  id: string,
  usage: Partial<AnthropicUsage> = {},
): AnthropicMessage {
  const message = answerTo({ ...(body as MessagesRequest), model }, id);
  const { inference_geo: _geo, service_tier: _tier, ...counts } = message.usage;
  return { ...message, usage: { ...(counts as AnthropicUsage), ...usage } };
}
