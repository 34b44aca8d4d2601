/** Signs requests for AWS with aws4fetch, which computes Signature Version 4 on Web Crypto. */
import { AwsV4Signer } from 'aws4fetch';
import type { AwsSigner } from '@/lib/providers/provider';

const SERVICE = 'bedrock';

/** Keys derived for a day and region, by AWS's derivation; a handful at a time. */
const derivedKeys = new Map<string, ArrayBuffer>();

/** Signed besides the host and what the signer adds itself: others may be changed on the way, and nothing asks for them. */
const SIGNED_PREFIX = 'x-amz';

/** Signs method, URL, AWS's own headers and the body's hash; the body is never streamed, so its hash is real. */
export const signAws: AwsSigner = async ({ url, method, headers, body }, { region, keys }) => {
  if (keys === null) return headers;
  const signer = new AwsV4Signer({
    url,
    method,
    headers: [...headers].filter(([name]) => name.startsWith(SIGNED_PREFIX)),
    ...(body === null ? {} : { body: body as BodyInit }),
    accessKeyId: keys.accessKeyId,
    secretAccessKey: keys.secretAccessKey,
    ...(keys.sessionToken === null ? {} : { sessionToken: keys.sessionToken }),
    service: SERVICE,
    region,
    cache: derivedKeys,
  });
  const signed = await signer.sign();
  const complete = new Headers(headers);
  for (const [name, value] of signed.headers) complete.set(name, value);
  return complete;
};
