/** Which model an id of Bedrock's means, whose resources are never taken, and under which profile a region serves Claude. */
import { describe, expect, it } from 'vitest';
import { bedrock } from '@/lib/providers/bedrock/bedrock';
import { bareId, findModel, isGlobal, speaksMessages, upstreamIdOf } from '@/lib/providers/bedrock/model-ids';
import { BEDROCK_MODELS } from '@/lib/providers/bedrock/models';

const SONNET = 'anthropic.claude-sonnet-4-5-20250929-v1:0';
const ARN = 'arn:aws:bedrock:us-east-1:123456789012';

describe('a model', () => {
  it.each([
    [SONNET, SONNET],
    [`us.${SONNET}`, SONNET],
    [`global.${SONNET}`, SONNET],
    [`us-gov.${SONNET}`, SONNET],
    ['apac.amazon.nova-lite-v1:0', 'amazon.nova-lite-v1:0'],
    [`${ARN}:inference-profile/us.${SONNET}`, SONNET],
    [`arn:aws-us-gov:bedrock:us-gov-west-1:123456789012:inference-profile/us-gov.${SONNET}`, SONNET],
    [`arn:aws:bedrock:eu-west-1::foundation-model/${SONNET}`, SONNET],
    ['claude-sonnet-4-5', SONNET],
    ['claude-sonnet-4-5-20250929', SONNET],
    ['claude-opus-5-5', 'anthropic.claude-opus-5-5'],
    ['claude-3-5-sonnet-20241022', 'anthropic.claude-3-5-sonnet-20241022-v2:0'],
  ])('is meant by %s, which stays as it was written', (asked, id) => {
    expect(findModel(asked)).toMatchObject({ entry: { id }, upstreamModel: asked });
  });

  it('of every listed id is found under it and all its aliases', () => {
    for (const { id, aliases } of BEDROCK_MODELS)
      for (const asked of [id, ...aliases, `us.${id}`]) expect(findModel(asked)?.entry?.id).toBe(id);
  });

  it('that is not listed is taken by the look of its id, without an entry', () => {
    for (const id of ['anthropic.claude-sonnet-9', 'us.amazon.nova-9-v1:0', 'mistral.new-model'])
      expect(findModel(id)).toEqual({ entry: null, upstreamModel: id });
  });

  it.each([
    `${ARN}:application-inference-profile/abc`,
    `${ARN}:inference-profile/abc`,
    `${ARN}:provisioned-model/abc`,
    `${ARN}:imported-model/abc`,
    `${ARN}:custom-model/amazon.nova-lite-v1:0/abc`,
    `${ARN}:custom-model-deployment/abc`,
    `${ARN}:prompt/ABCDEF:1`,
    `${ARN}:default-prompt-router/anthropic.claude:1`,
    'arn:aws:sagemaker:us-east-1:1:endpoint/mine',
    `${ARN}:foundation-model/../application-inference-profile/abc`,
    'us.eu.anthropic.claude-sonnet-4-5',
    'gpt-5.1',
    'gemini-2.5-pro',
    'claude-unheard-of',
    '',
  ])('is not meant by %s', (id) => {
    expect(findModel(id)).toBeNull();
  });
});

describe('the id that goes upstream', () => {
  it.each([
    ['us-east-1', 'claude-sonnet-4-5', `us.${SONNET}`],
    ['us-gov-west-1', 'claude-sonnet-4-5', `us-gov.${SONNET}`],
    ['ca-central-1', 'claude-sonnet-4-5', `us.${SONNET}`],
    ['eu-central-1', 'claude-sonnet-4-5', `eu.${SONNET}`],
    ['ap-northeast-1', 'claude-sonnet-4-5', `jp.${SONNET}`],
    ['ap-southeast-2', 'claude-sonnet-4-5', `au.${SONNET}`],
    ['ap-south-1', 'claude-sonnet-4-5', `global.${SONNET}`],
    ['sa-east-1', 'claude-sonnet-4-5', `global.${SONNET}`],
    ['ap-northeast-1', 'claude-sonnet-4-0', 'apac.anthropic.claude-sonnet-4-20250514-v1:0'],
    ['us-west-2', 'claude-2.1', 'anthropic.claude-v2:1'],
    ['eu-west-1', `us.${SONNET}`, `us.${SONNET}`],
    ['eu-west-1', SONNET, SONNET],
    ['eu-west-1', `${ARN}:inference-profile/us.${SONNET}`, `${ARN}:inference-profile/us.${SONNET}`],
  ])('in %s for %s is %s', (region, asked, sent) => {
    expect(upstreamIdOf(asked, region)).toBe(sent);
  });

  it('tells the global profile, which has no surcharge, from all others', () => {
    const global = [`global.${SONNET}`, `${ARN}:inference-profile/global.${SONNET}`];
    const regional = [SONNET, `us.${SONNET}`, `${ARN}:inference-profile/eu.${SONNET}`];
    expect([...global.map(isGlobal), ...regional.map(isGlobal)]).toEqual([true, true, false, false, false]);
    const settings = (region: string) => ({ baseUrl: '', apiKey: '', aws: { region, keys: null } });
    expect(bedrock.premiums?.('claude-sonnet-4-5', settings('us-east-1'))).toEqual(['regional']);
    expect(bedrock.premiums?.('claude-sonnet-4-5', settings('sa-east-1'))).toEqual([]);
    expect(bareId(`${ARN}:inference-profile/global.${SONNET}`)).toBe(SONNET);
  });
});

describe('Messages', () => {
  it('are spoken by Claude from version 3 on, under any id', () => {
    const speaks = (id: string) => speaksMessages(findModel(id)?.entry ?? null, id);
    expect(['claude-sonnet-4-5', `us.${SONNET}`, 'us.anthropic.claude-new-9'].map(speaks)).toEqual([
      true,
      true,
      true,
    ]);
    expect(['anthropic.claude-v2:1', 'amazon.nova-lite-v1:0', 'mistral.new'].map(speaks)).toEqual([
      false,
      false,
      false,
    ]);
  });
});
