import { headers } from 'next/headers';
import { connection } from 'next/server';
import { type Reader, SOME_TOKEN } from '@/lib/docs/snippet';
import { getServer } from '@/lib/server';

/** Who reads this page: the address he reached it at, and a placeholder for his token. Nothing of it comes from the URL. */
export async function readerHere(): Promise<Reader & { readonly sandbox: boolean }> {
  await connection();
  const server = await getServer();
  return { baseUrl: server.origin(await headers()), token: SOME_TOKEN, sandbox: server.env.sandbox };
}
