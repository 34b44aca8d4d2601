import { CodeFigure } from '@/app/code-figure';
import { Inline, Prose } from '@/app/prose';
import type { Answer, JsonSchema, OpenApiDocument, Operation, Parameter, Reference } from '@/lib/api/openapi';
import { curlLine } from './curl-line';
import { refName, schemaRows, typeText } from './schema-rows';

/** An operation with every other path that means the same. */
export interface Shown {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
  readonly alsoAt: readonly string[];
}

/** Follows a reference into the document's components. */
function find<T>(document: OpenApiDocument, one: T | Reference): T {
  if (!('$ref' in Object(one))) return one as T;
  const [, , kind = '', name = ''] = (one as Reference).$ref.split('/');
  return (document.components as unknown as Record<string, Record<string, T>>)[kind]?.[name] as T;
}

export function SchemaTable({ schema, caption }: { schema: JsonSchema; caption: string }) {
  return (
    <table className="fields">
      <caption>{caption}</caption>
      <thead>
        <tr>
          <th scope="col">Field</th>
          <th scope="col">Type</th>
          <th scope="col">Meaning</th>
        </tr>
      </thead>
      <tbody>
        {schemaRows(schema).map(({ name, type, required, description, refersTo }) => (
          <tr key={name}>
            <th scope="row">
              <code>{name}</code>
              {!required && <span className="text-quiet"> optional</span>}
            </th>
            <td>{refersTo === null ? type : <a href={`#schema-${refersTo}`}>{type}</a>}</td>
            <td>
              <Inline text={description} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Parameters({ parameters }: { parameters: readonly Parameter[] }) {
  if (parameters.length === 0) return null;
  return (
    <table className="fields">
      <caption>Parameters</caption>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">In</th>
          <th scope="col">Meaning</th>
        </tr>
      </thead>
      <tbody>
        {parameters.map(({ name, in: place, required, description, schema }) => (
          <tr key={`${place} ${name}`}>
            <th scope="row">
              <code>{name}</code>
              {required !== true && <span className="text-quiet"> optional</span>}
            </th>
            <td>{place}</td>
            <td>
              <Inline text={[description ?? '', typeText(schema)].filter(Boolean).join(' · ')} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The refusals an operation can answer with, each explained once at the end of the page. */
function Refusals({ responses }: { responses: Operation['responses'] }) {
  const named = Object.entries(responses).flatMap(([status, answer]) =>
    '$ref' in answer ? [{ status, name: answer.$ref.split('/').at(-1) ?? '' }] : [],
  );
  if (named.length === 0) return null;
  return (
    <p className="refusals">
      Refused with{' '}
      {named.map(({ status, name }, index) => (
        <span key={name}>
          {index > 0 && ' · '}
          <a href={`#${name}`}>{status}</a>
        </span>
      ))}
    </p>
  );
}

export function AnswerRow({ id, status, answer }: { id?: string; status: string; answer: Answer }) {
  const media = Object.entries(answer.content ?? {});
  const schema = refName(media[0]?.[1].schema);
  return (
    <tr id={id}>
      <th scope="row">{status}</th>
      <td>
        <Prose text={answer.description} />
        {schema !== null && schema !== 'Error' && (
          <p>
            <a href={`#schema-${schema}`}>{schema}</a>
          </p>
        )}
      </td>
    </tr>
  );
}

export function OperationDetails({
  shown,
  document,
  baseUrl,
}: {
  shown: Shown;
  document: OpenApiDocument;
  baseUrl: string;
}) {
  const { method, path, operation, alsoAt } = shown;
  const body = operation.requestBody?.content['application/json'];
  const parameters = (operation.parameters ?? []).map((one) => find<Parameter>(document, one));
  return (
    <details className="operation" id={operation.operationId}>
      <summary>
        <h3>
          <span className={`method ${method}`}>{method.toUpperCase()}</span> <code>{path}</code>
        </h3>
        <span className="text-quiet">{operation.summary}</span>
      </summary>
      <Prose text={operation.description ?? ''} />
      {operation.externalDocs !== undefined && (
        <p>
          <a href={operation.externalDocs.url} rel="noreferrer">
            {operation.externalDocs.description}
          </a>
        </p>
      )}
      <CodeFigure place="curl" text={curlLine(baseUrl, method, path, operation)} />
      {alsoAt.length > 0 && (
        <>
          <p>The same at:</p>
          <ul className="paths">
            {alsoAt.map((other) => (
              <li key={other}>
                <code>{other}</code>
              </li>
            ))}
          </ul>
        </>
      )}
      <Parameters parameters={parameters} />
      {body !== undefined && schemaRows(body.schema).length > 0 && (
        <SchemaTable schema={body.schema} caption="Body, JSON" />
      )}
      <table className="answers">
        <caption>Answers</caption>
        <thead>
          <tr>
            <th scope="col">Status</th>
            <th scope="col">Meaning</th>
          </tr>
        </thead>
        <tbody>
          {Object.entries(operation.responses).map(
            ([status, answer]) =>
              !('$ref' in answer) && <AnswerRow key={status} status={status} answer={answer} />,
          )}
        </tbody>
      </table>
      <Refusals responses={operation.responses} />
    </details>
  );
}
