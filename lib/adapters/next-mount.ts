/** The Next mount: hands a route handler's Request to the one `answer`, and its leftovers to `after`. */
import { after } from 'next/server';
import { getServer } from '@/lib/server';
import { vercelAddress } from './client-address';

async function mount(request: Request): Promise<Response> {
  const server = await getServer();
  const clientAddress = server.env.onVercel ? vercelAddress(request.headers) : null;
  // Next drops the `content-encoding` of a route handler's answer (send-response.js) and leaves its body compressed.
  return server.answer(request, { clientAddress, background: (work) => after(() => work), plainOnly: true });
}

export {
  mount as DELETE,
  mount as GET,
  mount as HEAD,
  mount as OPTIONS,
  mount as PATCH,
  mount as POST,
  mount as PUT,
};
