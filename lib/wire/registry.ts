/** Every wire format the gateway speaks to callers, in the order paths are tried; the first answers paths nobody claims. */
import { anthropicMessages } from './anthropic-messages/format';
import { embed } from './embed/format';
import type { WireFormat } from './format';

export const FORMATS: readonly WireFormat[] = [anthropicMessages, embed];
