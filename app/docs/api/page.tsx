import type { Metadata } from 'next';
import { Prose } from '@/app/prose';
import { readerHere } from '@/app/reader';
import { Shell } from '@/app/shell';
import type { OpenApiDocument } from '@/lib/api/openapi';
import { getServer } from '@/lib/server';
import { AnswerRow, OperationDetails, SchemaTable, type Shown } from './operation';

export const metadata: Metadata = {
  title: 'API · Tollgate',
  description: 'Every endpoint of this gateway: models, your own usage, and management.',
};

const anchorOf = (name: string) => `tag-${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`;

/** Operations by tag; paths that mean the same are shown once. */
function groupsOf({ tags, paths }: OpenApiDocument) {
  const all = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
  );
  const shown = all
    .filter(({ operation }) => operation['x-same-as'] === undefined)
    .map((one): Shown => {
      const alike = all.filter(
        ({ method, operation }) => method === one.method && operation['x-same-as'] === one.path,
      );
      return { ...one, alsoAt: alike.map(({ path }) => path) };
    });
  return tags
    .map((tag) => ({ ...tag, shown: shown.filter(({ operation }) => operation.tags[0] === tag.name) }))
    .filter((group) => group.shown.length > 0);
}

const TITLES: Readonly<Record<string, string>> = {
  Operator: 'Management',
  Caller: 'Your own usage, and the managed gateway',
};

/** Named refusals by who is refused: formats whose statuses are the same share theirs. */
function refusalsOf({ components, paths }: OpenApiDocument) {
  const tags = new Map<string, Set<string>>();
  for (const { tags: of, responses } of Object.values(paths).flatMap((item) => Object.values(item)))
    for (const answer of Object.values(responses)) {
      const id = '$ref' in answer ? (answer.$ref.split('/').at(-1) ?? '') : '';
      tags.set(id, (tags.get(id) ?? new Set()).add(of[0]));
    }
  const all = Object.entries(components.responses).map(([id, answer]) => {
    const [, kind = '', status = ''] = /^(\w+)Error(\d+)$/.exec(id) ?? [];
    return { id, kind, status, answer };
  });
  return [...new Set(all.map(({ kind }) => kind))].map((kind) => {
    const answers = all.filter((one) => one.kind === kind);
    const formats = [...(tags.get(answers[0]?.id ?? '') ?? [])].join(', ');
    return { kind, answers, title: TITLES[kind] ?? `Calls of models: ${formats}` };
  });
}

export default async function Api() {
  const { baseUrl } = await readerHere();
  const document = (await getServer()).describe(baseUrl);
  const groups = groupsOf(document);
  const schemas = Object.entries(document.components.schemas);
  return (
    <Shell viewer={null} current="/docs/api">
      <div className="doc">
        <div className="with-contents">
          <nav className="toc" aria-label="On this page">
            <ul>
              {groups.map(({ name }) => (
                <li key={name}>
                  <a href={`#${anchorOf(name)}`}>{name}</a>
                </li>
              ))}
              <li>
                <a href="#refusals">Refusals</a>
              </li>
              <li>
                <a href="#schemas">Schemas</a>
              </li>
            </ul>
          </nav>
          <main id="content">
            <h1>API</h1>
            <Prose text={document.info.description} />
            <p>
              The same for machines: <a href={`${baseUrl}/openapi.json`}>openapi.json</a>, OpenAPI 3.1.
            </p>
            {groups.map(({ name, description, shown }) => (
              <section key={name} id={anchorOf(name)}>
                <h2>{name}</h2>
                <Prose text={description} />
                {shown.map((one) => (
                  <OperationDetails
                    key={one.operation.operationId}
                    shown={one}
                    document={document}
                    baseUrl={baseUrl}
                  />
                ))}
              </section>
            ))}
            <section id="refusals">
              <h2>Refusals</h2>
              {refusalsOf(document).map(({ kind, title, answers }) => (
                <table key={kind} className="answers">
                  <caption>{title}</caption>
                  <tbody>
                    {answers.map(({ id, status, answer }) => (
                      <AnswerRow key={id} id={id} status={status} answer={answer} />
                    ))}
                  </tbody>
                </table>
              ))}
            </section>
            <section id="schemas">
              <h2>Schemas</h2>
              {schemas.map(([name, schema]) => (
                <details key={name} className="operation" id={`schema-${name}`}>
                  <summary>
                    <h3>{name}</h3>
                  </summary>
                  <Prose text={typeof schema['description'] === 'string' ? schema['description'] : ''} />
                  <SchemaTable schema={schema} caption={`Fields of ${name}`} />
                </details>
              ))}
            </section>
          </main>
        </div>
      </div>
    </Shell>
  );
}
