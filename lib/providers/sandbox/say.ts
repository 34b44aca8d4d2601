/** What the sandbox says: the same words for the same question, in every dialect. */
import { randomFromText } from './seed';

export interface Question {
  /** Texts of the caller's newest message. */
  readonly texts: readonly string[];
  readonly thinks: boolean;
  /** Tokens the thoughts and the text may have together; `null`: as many as there are. */
  readonly maxTokens: number | null;
  /** Which of several answers to the same question. */
  readonly variant?: number;
}

/** Thoughts and text in pieces of one token each; joined they are what is said. */
export interface Said {
  readonly thoughts: readonly string[];
  readonly text: readonly string[];
  /** The allowance ended before the words did. */
  readonly cutShort: boolean;
  /** Tokens of thoughts and text. */
  readonly tokens: number;
}

/** Characters of the prompt that the answer repeats. */
const ECHO_CHARS = 80;
/** Sentences of filler an answer has at least, and at most in addition. */
const MIN_SENTENCES = 1;
const MORE_SENTENCES = 3;

const THOUGHT = 'This is the sandbox, so there is nothing to think over.';
const SENTENCES = [
  'Every token you see here was counted just like a real one.',
  'The same request always gets this same answer.',
  'No provider was asked, and nothing was billed.',
  'Limits, prices and usage pages work as they would with a real model.',
  'Set a provider key to get answers from a real model.',
  'Streams arrive at the pace of an ordinary model.',
] as const;

export function say({ texts, thinks, maxTokens, variant = 0 }: Question): Said {
  const words = lastWords(texts);
  const random = randomFromText(variant === 0 ? words : `${words}\n${variant}`);
  const sentences = Array.from(
    { length: MIN_SENTENCES + Math.floor(random() * (MORE_SENTENCES + 1)) },
    () => SENTENCES[Math.floor(random() * SENTENCES.length)] ?? SENTENCES[0],
  );
  const intro = `This is a simulated answer from the sandbox. You wrote: “${echoOf(words)}”.`;
  const allThoughts = thinks ? piecesOf(THOUGHT) : [];
  const allText = piecesOf([intro, ...new Set(sentences)].join(' '));
  const most = maxTokens ?? allThoughts.length + allText.length;
  const thoughts = allThoughts.slice(0, most);
  const text = allText.slice(0, most - thoughts.length);
  const tokens = thoughts.length + text.length;
  return { thoughts, text, cutShort: tokens < allThoughts.length + allText.length, tokens };
}

function piecesOf(text: string): readonly string[] {
  return text.match(/\s*\S+/g) ?? [];
}

/** The newest text; what a client puts in by itself looks like `<system-reminder>`. */
function lastWords(texts: readonly string[]): string {
  const text = texts.findLast((one) => !one.trimStart().startsWith('<')) ?? texts.at(-1) ?? '…';
  return text.replace(/\s+/g, ' ').trim();
}

function echoOf(words: string): string {
  // Half a surrogate pair would not survive UTF-8.
  return words.length > ECHO_CHARS ? `${words.slice(0, ECHO_CHARS).replace(/[\uD800-\uDBFF]$/, '')}…` : words;
}
