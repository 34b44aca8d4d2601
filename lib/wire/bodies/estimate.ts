/** What bytes say about tokens before a provider has counted them: the rules all formats share. */

/** JSON of prose, code and schemas averages about four bytes per token. */
const BYTES_PER_TOKEN_LIKELY = 4;
/** Dense input (numbers, minified code, non-Latin scripts) and the newer tokenizers come down to this. */
const BYTES_PER_TOKEN_CEILING = 2.5;
/** English text and code run at about four UTF-8 bytes per token; the estimate is replaced by the final usage. */
const BYTES_PER_OUTPUT_TOKEN = 4;
/** Turn markers and the like that providers add around every call. */
const CALL_OVERHEAD_TOKENS = 16;

export interface PromptEstimate {
  readonly promptTokensLikely: number;
  readonly promptTokensCeiling: number;
}

/** Parts of a prompt that cost by other measures than their bytes. */
export interface PromptExtras {
  /** Bytes in the body that are no text (base64), taken off first. */
  readonly encodedBytes: number;
  readonly tokensLikely: number;
  readonly tokensCeiling: number;
}

/** Prompt tokens of a body of so many bytes. */
export function estimatePrompt(bodyBytes: number, extras: PromptExtras): PromptEstimate {
  const textBytes = Math.max(0, bodyBytes - extras.encodedBytes);
  return {
    promptTokensLikely: Math.ceil(textBytes / BYTES_PER_TOKEN_LIKELY) + extras.tokensLikely,
    promptTokensCeiling:
      Math.ceil(textBytes / BYTES_PER_TOKEN_CEILING) + extras.tokensCeiling + CALL_OVERHEAD_TOKENS,
  };
}

/** Output tokens that so many bytes of generated text stand for. */
export function outputTokensOf(textBytes: number): number {
  return Math.ceil(textBytes / BYTES_PER_OUTPUT_TOKEN);
}
