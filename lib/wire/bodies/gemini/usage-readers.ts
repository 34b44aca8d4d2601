/** Reads usage from Gemini's answers: events, one growing array, one object, and embeddings. */
import { ByteBuffer, decodeUtf8 } from '@/lib/std/bytes';
import { UNKNOWN_USAGE } from '@/lib/domain/usage';
import { JsonArrayFramer } from '@/lib/std/json-array';
import { SseFramer } from '@/lib/std/sse';
import { type AnswerPlace, GeminiAnswer } from '@/lib/wire/bodies/gemini/answer-events';
import { JsonBodyReader, NOTHING_READ } from '@/lib/wire/bodies/json-body';
import { count, type JsonRecord, parseRecord, textOf } from '@/lib/wire/bodies/record';
import { salvage } from '@/lib/wire/bodies/salvage';
import type { UsageReader, UsageReading } from '@/lib/wire/format';

/** `alt=sse`: events without names; nothing marks the end but a reason to finish. */
export class EventUsageReader implements UsageReader {
  private readonly answer: GeminiAnswer;
  private readonly framer: SseFramer;

  constructor(place: AnswerPlace) {
    const answer = (this.answer = new GeminiAnswer(place));
    this.framer = new SseFramer((event) => answer.observe(event.data()), {
      // A picture can be larger than what is kept; its counts stand behind it.
      onSkipped: ({ tail }) => answer.take(salvage(tail) ?? {}),
    });
  }

  push(chunk: Uint8Array): void {
    this.framer.push(chunk);
  }

  read(): UsageReading {
    return this.answer.read();
  }
}

/** Without `alt=sse`: one JSON array, an element a chunk, whole when its bracket closes. */
export class ArrayUsageReader implements UsageReader {
  private readonly answer: GeminiAnswer;
  private readonly framer: JsonArrayFramer;

  constructor(place: AnswerPlace) {
    const answer = (this.answer = new GeminiAnswer(place));
    this.framer = new JsonArrayFramer((element) => answer.observe(element));
  }

  push(chunk: Uint8Array): void {
    this.framer.push(chunk);
  }

  read(): UsageReading {
    const reading = this.answer.read();
    const terminal = this.framer.closed;
    return { ...reading, terminal, final: terminal && reading.parts.length > 0 };
  }
}

/** One JSON object, or an error. */
export class ObjectUsageReader extends JsonBodyReader {
  constructor(place: AnswerPlace) {
    super((answer) => readObject(answer, place));
  }
}

function readObject(object: JsonRecord | null, place: AnswerPlace): UsageReading {
  if (object === null) return NOTHING_READ;
  const answer = new GeminiAnswer(place);
  answer.take(object);
  const reading = answer.read();
  // Without counters the last word is still missing, whatever the model's name says.
  const model = reading.model ?? textOf(object['modelVersion']);
  return { ...reading, model, terminal: true, final: reading.parts.length > 0 };
}

/** Above a batch of a hundred of the longest vectors. */
const MAX_EMBEDDINGS_BYTES = 64 * 1024 * 1024;
const USAGE_OBJECT = /"usageMetadata"\s*:\s*(?=\{)/;
const STATISTICS = /"statistics"\s*:\s*(\{[^{}]*\})/g;

/**
 * Embeddings are megabytes of numbers and hold no foreign text: their few counts are looked up, the rest isn't parsed.
 * The public API reports none; then the gateway's own estimate stands.
 */
export class EmbeddingUsageReader implements UsageReader {
  private readonly body = new ByteBuffer();
  private reading: UsageReading | null = null;

  push(chunk: Uint8Array): void {
    this.reading = null;
    if (this.body.length + chunk.length <= MAX_EMBEDDINGS_BYTES) this.body.append(chunk);
  }

  read(): UsageReading {
    this.reading ??= readEmbeddings(decodeUtf8(this.body.view()));
    return this.reading;
  }
}

function readEmbeddings(text: string): UsageReading {
  const whole = { ...NOTHING_READ, terminal: true };
  const metadata = usageObjectIn(text);
  const reported =
    metadata === null ? null : (count(metadata['promptTokenCount']) ?? count(metadata['totalTokenCount']));
  if (reported !== null) return { ...whole, ...counted(reported), raw: metadata };
  const statistics = [...text.matchAll(STATISTICS)].map(([, object = '']) => parseRecord(object) ?? {});
  const counts = statistics.map((one) => count(one['tokenCount']) ?? count(one['token_count']));
  if (counts.length === 0 || counts.includes(null)) return whole;
  return {
    ...whole,
    ...counted(counts.reduce<number>((sum, one) => sum + (one ?? 0), 0)),
    raw: { statistics },
  };
}

const counted = (inputTokens: number): Pick<UsageReading, 'parts' | 'final'> => ({
  parts: [{ model: null, usage: { ...UNKNOWN_USAGE, inputTokens, outputTokens: 0 } }],
  final: true,
});

/** The usage object alone, by its braces: no string stands in it that could hold one. */
function usageObjectIn(text: string): JsonRecord | null {
  const key = USAGE_OBJECT.exec(text);
  if (key === null) return null;
  const from = key.index + key[0].length;
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '{') depth += 1;
    else if (text[at] === '}') {
      depth -= 1;
      if (depth === 0) return parseRecord(text.slice(from, at + 1));
    }
  }
  return null;
}
