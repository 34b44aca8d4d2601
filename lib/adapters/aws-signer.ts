/** Signs requests for AWS with aws4fetch, which computes Signature Version 4 on Web Crypto. */
import { AwsV4Signer } from 'aws4fetch';
import type { AwsSigner } from '@/lib/providers/provider';

const SERVICE = 'bedrock';

/** Keys derived for a day and region, by AWS's derivation; a handful at a time. */
const derivedKeys = new Map<string, ArrayBuffer>();

/** Signs method, URL, headers and body hash; the body is never streamed, so its hash is real. */
export const signAws: AwsSigner = async ({ url, method, headers, body }, { region, keys }) => {
  if (keys === null) return headers;
  const signer = new AwsV4Signer({
    url,
    method,
    headers,
    ...(body === null ? {} : { body: body as BodyInit }),
    accessKeyId: keys.accessKeyId,
    secretAccessKey: keys.secretAccessKey,
    ...(keys.sessionToken === null ? {} : { sessionToken: keys.sessionToken }),
    service: SERVICE,
    region,
    cache: derivedKeys,
  });
  const signed = await signer.sign();
  return signed.headers;
};
