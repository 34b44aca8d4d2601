import type { Metadata } from 'next';
import { CodeFigure } from '@/app/code-figure';
import { Inline, Prose } from '@/app/prose';
import { readerHere } from '@/app/reader';
import { Shell } from '@/app/shell';
import type { Chapter, Guide } from '@/lib/docs/snippet';
import { connectGuide } from '@/lib/docs/snippets';

export const metadata: Metadata = {
  title: 'Connect · Tollgate',
  description: 'What to type so that an agent, an editor or a program speaks to this gateway.',
};

function Contents({ chapters }: { chapters: readonly Chapter[] }) {
  return (
    <nav className="toc" aria-label="On this page">
      {chapters.map(({ id, title, guides }) => (
        <div key={id}>
          <a href={`#${id}`}>{title}</a>
          <ul>
            {guides.map((guide) => (
              <li key={guide.id}>
                <a href={`#${guide.id}`}>{guide.name}</a>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}

function GuideSection({ guide }: { guide: Guide }) {
  return (
    <section id={guide.id}>
      <h3>{guide.name}</h3>
      <Prose text={guide.lead} />
      {guide.snippets.map(({ id, place, text }) => (
        <CodeFigure key={id} id={id} place={place} text={text} />
      ))}
      {guide.notes.length > 0 && (
        <ul className="notes">
          {guide.notes.map((note) => (
            <li key={note}>
              <Inline text={note} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

export default async function Connect() {
  const reader = await readerHere();
  const chapters = connectGuide(reader);
  return (
    <Shell viewer={null} current="/docs/connect">
      <div className="doc">
        <div className="with-contents">
          <Contents chapters={chapters} />
          <main id="content">
            <h1>Connect</h1>
            <p className="text-quiet">
              This gateway is at <code>{reader.baseUrl}</code>. Put your own token in the place of{' '}
              <code>{reader.token}</code>; nothing else in these lines has to change.
            </p>
            {reader.sandbox && (
              <p className="notice">
                <strong>Sandbox.</strong> No provider key is set here, so every format answers with simulated
                text and no call costs anything.
              </p>
            )}
            {chapters.map(({ id, title, lead, guides }) => (
              <section key={id} id={id}>
                <h2>{title}</h2>
                <Prose text={lead} />
                {guides.map((guide) => (
                  <GuideSection key={guide.id} guide={guide} />
                ))}
              </section>
            ))}
          </main>
        </div>
      </div>
    </Shell>
  );
}
