/** Bedrock's variables: what they mean, and that every problem is named without showing a value. */
import { describe, expect, it } from 'vitest';
import { readCloud } from '@/lib/env/clouds';

const KEYS = { BEDROCK_ACCESS_KEY_ID: 'AKIASECRET', BEDROCK_SECRET_ACCESS_KEY: 'very-secret' };

describe('Bedrock from the environment', () => {
  it('is not configured without a credential, whatever else is set', () => {
    expect(readCloud({})).toMatchObject({ bedrock: null, problems: [] });
    expect(readCloud({ BEDROCK_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'vercels-own' })).toMatchObject({
      bedrock: null,
      problems: [],
    });
    expect(readCloud({ BEDROCK_API_KEY: '  ' }).bedrock).toBeNull();
  });

  it('sends an API key as it is, to the region or to the address given', () => {
    expect(readCloud({ BEDROCK_API_KEY: ' key ' }).bedrock).toEqual({
      baseUrl: 'https://bedrock-runtime.us-east-1.amazonaws.com',
      apiKey: 'key',
      aws: { region: 'us-east-1', keys: null },
    });
    const vpc = {
      BEDROCK_API_KEY: 'key',
      BEDROCK_REGION: 'eu-west-1',
      BEDROCK_UPSTREAM_URL: 'https://vpce.example//',
    };
    expect(readCloud(vpc).bedrock).toMatchObject({
      baseUrl: 'https://vpce.example',
      aws: { region: 'eu-west-1' },
    });
  });

  it('signs with keys, of a session where there is one; an API key goes before keys', () => {
    expect(readCloud({ ...KEYS, BEDROCK_REGION: 'ap-northeast-1' }).bedrock).toEqual({
      baseUrl: 'https://bedrock-runtime.ap-northeast-1.amazonaws.com',
      apiKey: '',
      aws: {
        region: 'ap-northeast-1',
        keys: { accessKeyId: 'AKIASECRET', secretAccessKey: 'very-secret', sessionToken: null },
      },
    });
    expect(readCloud({ ...KEYS, BEDROCK_SESSION_TOKEN: 'token' }).bedrock?.aws.keys?.sessionToken).toBe(
      'token',
    );
    expect(readCloud({ ...KEYS, BEDROCK_API_KEY: 'key' }).bedrock?.aws.keys).toBeNull();
  });

  it.each([
    [
      { BEDROCK_ACCESS_KEY_ID: 'AKIASECRET' },
      'BEDROCK_ACCESS_KEY_ID and BEDROCK_SECRET_ACCESS_KEY must be set together',
    ],
    [
      { BEDROCK_SECRET_ACCESS_KEY: 'very-secret' },
      'BEDROCK_ACCESS_KEY_ID and BEDROCK_SECRET_ACCESS_KEY must be set together',
    ],
    [
      { ...KEYS, BEDROCK_REGION: 'https://evil.example/' },
      'BEDROCK_REGION: must be a region such as us-east-1',
    ],
    [{ ...KEYS, BEDROCK_UPSTREAM_URL: 'bedrock.example' }, 'BEDROCK_UPSTREAM_URL: must be an http(s) URL'],
  ])('%o is a problem', (variables, problem) => {
    const { problems } = readCloud(variables);
    expect(problems).toEqual([problem]);
    for (const value of Object.values(variables)) expect(problems.join()).not.toContain(value);
  });
});
