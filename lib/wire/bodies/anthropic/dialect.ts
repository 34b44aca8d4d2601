/** What the formats with Anthropic's bodies share: how answers are read, refused and kept alive. */
import { renderError, renderStreamError } from '@/lib/wire/bodies/anthropic/errors';
import { JsonUsageReader } from '@/lib/wire/bodies/anthropic/json-usage';
import { limitHeaders } from '@/lib/wire/bodies/anthropic/limits';
import { renderModel, renderModels } from '@/lib/wire/bodies/anthropic/models';
import { StreamUsageReader } from '@/lib/wire/bodies/anthropic/stream-usage';
import { isEventStream, readsAsEvents } from '@/lib/wire/bodies/answer-kind';
import type { WireFormat } from '@/lib/wire/format';

export const anthropicDialect = {
  isStream: (_call, head) => isEventStream(head),
  usageReader: (call, head) =>
    readsAsEvents(call, head) ? new StreamUsageReader(call.model) : new JsonUsageReader(call.model),
  // Anthropic's own keep-alive: every client knows it.
  keepAlive: 'event: ping\ndata: {"type": "ping"}\n\n',
  renderError,
  renderStreamError,
  limitHeaders,
  renderModels,
  renderModel,
} satisfies Partial<WireFormat>;
