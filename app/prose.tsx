/** A sentence or a few: paragraphs at empty lines, code between backticks. */
export function Prose({ text }: { text: string }) {
  return text.split('\n\n').map((paragraph) => (
    <p key={paragraph}>
      <Inline text={paragraph} />
    </p>
  ));
}

export function Inline({ text }: { text: string }) {
  // Every other part stood between backticks; parts never move, so their place is their key.
  return text
    .split('`')
    .map((part, place) => (place % 2 === 0 ? part : <code key={`${place} ${part}`}>{part}</code>));
}
