/** The connection guide: what to type so that an agent, editor or program speaks to this gateway. The page, the README and tests use the same texts. */
import { agentGuides } from './agents';
import { curlGuide } from './curl';
import { frameworkGuides } from './frameworks';
import { flyMachines, openclawCustom, openclawManaged } from './openclaw';
import { sdkGuides } from './sdks';
import type { Chapter, Guide, Reader, Snippet } from './snippet';

export function connectGuide(reader: Reader): readonly Chapter[] {
  const [claudeCode, ...agents] = agentGuides(reader);
  return [
    {
      id: 'agents',
      title: 'Agents and editors',
      lead: 'One base URL and one token; everything else stays as it is.',
      guides: [
        ...(claudeCode === undefined ? [] : [claudeCode]),
        openclawManaged(reader),
        openclawCustom(reader),
        ...agents,
      ],
    },
    {
      id: 'sdks',
      title: 'Programs',
      lead: 'The official SDKs, unchanged: only the base URL and the key differ.',
      guides: [...sdkGuides(reader), ...frameworkGuides(reader), curlGuide(reader)],
    },
    {
      id: 'fly',
      title: 'OpenClaw on Fly machines',
      lead: 'For operators: a machine per customer, and no provider key on any of them.',
      guides: flyMachines(reader),
    },
  ];
}

export function guidesOf(reader: Reader): readonly Guide[] {
  return connectGuide(reader).flatMap(({ guides }) => guides);
}

export function snippetsOf(reader: Reader): readonly Snippet[] {
  return guidesOf(reader).flatMap(({ snippets }) => snippets);
}

/** The README's table: a line per client. */
export function connectTable(reader: Reader): string {
  const rows = guidesOf(reader).flatMap(({ name, short }) =>
    short === null ? [] : [`| ${name} | ${short.replaceAll('|', '\\|')} |`],
  );
  return ['| client | what to set |', '|---|---|', ...rows].join('\n');
}
