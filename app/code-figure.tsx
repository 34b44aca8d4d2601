import { CopyButton } from './copy-button';

interface CodeFigureProps {
  readonly id?: string;
  /** Where the text goes: a file, a shell, a program. */
  readonly place: string;
  readonly text: string;
}

/** Text to copy, under the name of the place it goes to. Long lines scroll, also by keyboard. */
export function CodeFigure({ id, place, text }: CodeFigureProps) {
  return (
    <figure id={id} className="code">
      <figcaption>
        <span>{place}</span>
        <CopyButton what={place} />
      </figcaption>
      <pre tabIndex={0} role="group" aria-label={place}>
        <code>{text}</code>
      </pre>
    </figure>
  );
}
