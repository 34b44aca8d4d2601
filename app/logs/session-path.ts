/** The address of a session's page. Keys are the client's word and may hold anything, also what browsers and proxies resolve or refuse in paths. */

/** Ids as clients make them stand in addresses as they are. */
const PLAIN = /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/;
/** Pages of their own below `/logs`. */
const TAKEN = ['download'];
/** Stands before a key that is written in base64url; nothing encodes or resolves these characters. */
const MARK = '~';

const encoded = (key: string): string => Buffer.from(key).toString('base64url');

export function sessionPath(key: string): string {
  const plain = PLAIN.test(key) && !TAKEN.includes(key);
  return `/logs/${plain ? key : MARK + encoded(key)}`;
}

/** The key that a segment of the address names; `null` when it names none. */
export function keyOf(segment: string): string | null {
  if (!segment.startsWith(MARK)) {
    try {
      return decodeURIComponent(segment);
    } catch {
      return null;
    }
  }
  const key = Buffer.from(segment.slice(MARK.length), 'base64url').toString();
  return key !== '' && MARK + encoded(key) === segment ? key : null;
}
