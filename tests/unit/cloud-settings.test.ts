/** Vertex's credentials from the environment: key files as they are and in base64, and problems that name no value. */
import { describe, expect, it } from 'vitest';
import { readCloud } from '@/lib/env/clouds';
import { testServiceAccount } from '@/tests/support/google-token';

const FILE = testServiceAccount('http://127.0.0.1:1/token');
const JSON_FILE = JSON.stringify(FILE);
const read = (variables: Readonly<Record<string, string>>) => readCloud(variables);

describe('Vertex', () => {
  it('is not configured without a service account', () => {
    expect(
      read({ VERTEX_PROJECT: 'p', VERTEX_LOCATION: 'us-east5', VERTEX_SERVICE_ACCOUNT: ' ' }),
    ).toMatchObject({
      vertex: null,
      problems: [],
    });
  });

  it.each([
    ['as JSON', JSON_FILE],
    ['as JSON with blanks around it', `\n ${JSON.stringify(FILE, null, 2)}\n`],
    ['in base64', btoa(JSON_FILE)],
    ['in base64 with line ends', btoa(JSON_FILE).replace(/.{76}/g, '$&\n')],
    ['with escaped line ends', JSON_FILE.replaceAll('\\n', '\\\\n')],
  ])('takes the key file %s', (_name, value) => {
    const { vertex, problems } = read({ VERTEX_SERVICE_ACCOUNT: value });
    expect(problems).toEqual([]);
    expect(vertex).toEqual({
      baseUrl: 'https://aiplatform.googleapis.com',
      apiKey: '',
      vertex: {
        project: FILE.project_id,
        location: 'global',
        serviceAccount: {
          clientEmail: FILE.client_email,
          privateKey: FILE.private_key,
          privateKeyId: FILE.private_key_id,
          tokenUrl: FILE.token_uri,
        },
      },
    });
  });

  it.each([
    ['us-east5', 'https://us-east5-aiplatform.googleapis.com'],
    ['global', 'https://aiplatform.googleapis.com'],
    ['us', 'https://aiplatform.us.rep.googleapis.com'],
    ['eu', 'https://aiplatform.eu.rep.googleapis.com'],
  ])('in %s is reached at %s', (location, baseUrl) => {
    expect(read({ VERTEX_SERVICE_ACCOUNT: JSON_FILE, VERTEX_LOCATION: location }).vertex?.baseUrl).toBe(
      baseUrl,
    );
  });

  it('is reached where the operator says, whatever the location', () => {
    const url = 'http://127.0.0.1:9/';
    expect(
      read({ VERTEX_SERVICE_ACCOUNT: JSON_FILE, VERTEX_UPSTREAM_URL: url, VERTEX_PROJECT: 'mine' }).vertex,
    ).toMatchObject({
      baseUrl: 'http://127.0.0.1:9',
      vertex: { project: 'mine' },
    });
  });

  it.each([
    ['VERTEX_SERVICE_ACCOUNT', { VERTEX_SERVICE_ACCOUNT: 'secret-that-is-no-file' }],
    ['VERTEX_SERVICE_ACCOUNT', { VERTEX_SERVICE_ACCOUNT: '{"client_email":"secret@x"}' }],
    [
      'VERTEX_SERVICE_ACCOUNT',
      { VERTEX_SERVICE_ACCOUNT: JSON.stringify({ ...FILE, private_key: 'secret' }) },
    ],
    ['VERTEX_PROJECT', { VERTEX_SERVICE_ACCOUNT: JSON.stringify({ ...FILE, project_id: undefined }) }],
    ['VERTEX_PROJECT', { VERTEX_SERVICE_ACCOUNT: JSON_FILE, VERTEX_PROJECT: '../secret' }],
    ['VERTEX_LOCATION', { VERTEX_SERVICE_ACCOUNT: JSON_FILE, VERTEX_LOCATION: 'evil.example/secret' }],
    ['VERTEX_UPSTREAM_URL', { VERTEX_SERVICE_ACCOUNT: JSON_FILE, VERTEX_UPSTREAM_URL: 'secret' }],
  ])('names %s when it is wrong, and no value', (name, variables) => {
    const { problems } = read(variables);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${name}: `));
    expect(problems[0]).not.toContain('secret');
  });
});
