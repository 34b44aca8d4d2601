/** The address a reader reached the gateway at: what snippets and the API's document name as base URL. */

export interface AskedBy {
  readonly header: (name: string) => string | null | undefined;
  /** Whether the proxy in front sets `x-forwarded-*` itself; a caller's own are never believed. */
  readonly trustProxy: boolean;
}

/** A host name or address with an optional port, and nothing a shell or a page could take for more. */
const HOST = /^(?:\[[0-9a-f:.]{2,45}\]|[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)(?::\d{1,5})?$/i;
/** The server itself speaks plain HTTP; a name without a port is mostly a proxy's that speaks TLS. */
const PLAIN = /^(localhost|\[.*\]|[\d.]+)(:\d+)?$|:\d+$/i;
const FALLBACK = 'localhost:3000';

/** The first of a list that several proxies wrote. */
const first = (value: string | null | undefined) => value?.split(',')[0]?.trim() ?? '';

/** `https://gateway.example`, without a trailing slash. */
export function originOf({ header, trustProxy }: AskedBy): string {
  const forwarded = (name: string) => (trustProxy ? first(header(name)) : '');
  const asked = [forwarded('x-forwarded-host'), first(header('host'))].find((host) => HOST.test(host));
  const host = (asked ?? FALLBACK).toLowerCase();
  const protocol = forwarded('x-forwarded-proto').toLowerCase();
  if (protocol === 'http' || protocol === 'https') return `${protocol}://${host}`;
  return `${PLAIN.test(host) ? 'http' : 'https'}://${host}`;
}
