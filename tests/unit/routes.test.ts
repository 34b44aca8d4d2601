/** Which endpoint a path means: parameters are data, and nothing climbs out of its place. */
import { array, assert, constantFrom, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRouteTable } from '@/lib/gateway/routes';
import type { Endpoint, WireFormat } from '@/lib/wire/format';

function format(
  name: string,
  mount: string,
  endpoints: readonly Endpoint[],
  recognises?: (headers: Headers) => boolean,
): WireFormat {
  return {
    name,
    mount,
    root: true,
    endpoints,
    ...(recognises === undefined ? {} : { recognises }),
  } as unknown as WireFormat;
}

const post = (name: string, path: string, aliases: readonly string[] = []): Endpoint => ({
  name,
  kind: 'generate',
  method: 'POST',
  path,
  aliases,
});
const get = (name: string, path: string): Endpoint => ({ name, kind: 'list-models', method: 'GET', path });

const cloud = format('cloud', 'cloud', [
  post('invoke', '/model/{model+}/invoke', ['/cloud/model/{model+}/invoke']),
  post('converse', '/model/{model}/converse'),
]);
const actions = format(
  'actions',
  'actions',
  [post('generate', '/v1/models/{model+}:generate'), get('list', '/v1/models')],
  (headers) => headers.has('x-actions'),
);
const plain = format('plain', 'plain', [
  post('chat', '/v1/chat', ['/v2/chat', '/elsewhere/v1/chat', '/v1/native/{provider}/v1/chat']),
  get('list', '/v1/models'),
]);
const routes = createRouteTable([cloud, actions, plain]);

const match = (method: string, path: string, headers: Record<string, string> = {}) => {
  const route = routes.match(method, path, new Headers(headers));
  return [route.format.name, route.endpoint.name, route.params];
};
const codeOf = (method: string, path: string): unknown => {
  try {
    return match(method, path);
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
};

describe('a path', () => {
  it('is served at the root, below its mount and under its aliases, a trailing slash or not', () => {
    const found = ['plain', 'chat', {}];
    expect(match('POST', '/v1/chat')).toEqual(found);
    expect(match('POST', '/v1/chat/')).toEqual(found);
    expect(match('POST', '/api/llm/plain/v1/chat')).toEqual(found);
    expect(match('POST', '/v2/chat')).toEqual(found);
    expect(match('POST', '/api/llm/plain/v2/chat')).toEqual(found);
    expect(match('POST', '/elsewhere/v1/chat')).toEqual(found);
    expect(codeOf('POST', '/api/llm/plain/elsewhere/v1/chat')).toBe('route_unknown');
    expect(codeOf('POST', '/api/llm/plain/v1/native/x/v1/chat')).toBe('route_unknown');
    expect(match('POST', '/cloud/model/m/invoke')).toEqual(['cloud', 'invoke', { model: 'm' }]);
  });

  it.each([
    ['/model/anthropic.claude-v1:0/invoke', 'anthropic.claude-v1:0'],
    ['/model/anthropic.claude-v1%3A0/invoke', 'anthropic.claude-v1:0'],
    [
      '/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fus.a/invoke',
      'arn:aws:bedrock:us-east-1:1:inference-profile/us.a',
    ],
    [
      '/model/arn:aws:bedrock:us-east-1:1:inference-profile/us.a/invoke',
      'arn:aws:bedrock:us-east-1:1:inference-profile/us.a',
    ],
    ['/model/a%20b/invoke', 'a b'],
    ['/model/%F0%9F%A6%A9/invoke', '🦩'],
  ])('keeps its parameter as data: %s', (path, model) => {
    expect(match('POST', path)).toEqual(['cloud', 'invoke', { model }]);
  });

  it('names an action after a colon, written plainly or encoded, whatever colons the id has', () => {
    for (const path of ['/v1/models/a/b:c:generate', '/v1/models/a%2Fb%3Ac%3Agenerate'])
      expect(match('POST', path)).toEqual(['actions', 'generate', { model: 'a/b:c' }]);
    expect(codeOf('POST', '/v1/models/a:other')).toBe('route_unknown');
  });

  it.each([
    '/model/../invoke',
    '/model/%2e%2e/invoke',
    '/model/..%2f..%2fsecret/invoke',
    '/model/a%2F..%2Fb/invoke',
    '/model/a//b/invoke',
    '/model/%2Fetc/invoke',
    '/model/%/invoke',
    '/model/%ff/invoke',
    '/model//invoke',
    '/model/m/invoke/extra',
    '/v1/chat/..',
    '//v1/chat',
    '/V1/chat',
  ])('that climbs or does not fit is nobody’s: %s', (path) => {
    expect(codeOf('POST', path)).toBe('route_unknown');
  });

  it('with another method says which it takes', () => {
    expect(codeOf('GET', '/v1/chat')).toBe('method_not_allowed');
    expect(codeOf('DELETE', '/model/m/invoke')).toBe('method_not_allowed');
  });

  it('shared by formats goes to the one whose client is asking, else to the plainest', () => {
    expect(match('GET', '/v1/models', { 'x-actions': '1' })[0]).toBe('actions');
    expect(match('GET', '/v1/models')[0]).toBe('plain');
    expect(match('GET', '/api/llm/actions/v1/models')[0]).toBe('actions');
  });

  it('nobody serves is refused in the words of the client’s format, or of its mount', () => {
    const formatOf = (path: string, headers: Record<string, string> = {}) =>
      routes.formatOf(path, new Headers(headers)).name;
    expect(formatOf('/api/llm/cloud/nothing')).toBe('cloud');
    expect(formatOf('/nothing', { 'x-actions': '1' })).toBe('actions');
    expect(formatOf('/v1/chat')).toBe('plain');
  });

  it('never yields a parameter with a dot segment, whatever is sent', () => {
    const part = constantFrom(
      '..',
      '.',
      '%2e',
      '%2E%2e',
      '%2f',
      '%5c',
      '/',
      'a',
      ':',
      '%3a',
      'invoke',
      '%25',
    );
    assert(
      property(array(part, { maxLength: 8 }), (parts) => {
        const path = `/model/${parts.join('')}/invoke`;
        const found = codeOf('POST', path);
        if (!Array.isArray(found)) return;
        const { model } = found[2] as { model: string };
        expect(model.split('/')).not.toContain('..');
        expect(model.split('/')).not.toContain('.');
        expect(model.split('/')).not.toContain('');
      }),
    );
  });
});
