/** Another site on 127.0.0.1, which makes whoever opens its pages send what it likes; and where links away from the gateway lead. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FormToSend {
  readonly action: string;
  readonly enctype: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
}

export interface OtherSite {
  readonly url: string;
  /** Paths and queries that browsers asked for. */
  readonly asked: readonly string[];
  /** The path of a page that sends this form as soon as it is opened. */
  pageThatSends(form: FormToSend): string;
  stop(): Promise<void>;
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;');

function formPage({ action, enctype, fields }: FormToSend): string {
  const inputs = fields.map(
    ([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`,
  );
  return `<!doctype html><html lang="en"><title>Another site</title><form method="post" action="${escaped(action)}" enctype="${enctype}">
${inputs.join('\n')}</form><script>document.forms[0].submit()</script></html>`;
}

export async function startOtherSite(): Promise<OtherSite> {
  const asked: string[] = [];
  const pages: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    if (path !== '/favicon.ico') asked.push(path);
    const page = pages[Number(/^\/form\/(\d+)$/.exec(path)?.[1] ?? -1)];
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(
      page ?? '<!doctype html><html lang="en"><title>Another site</title><h1>Another site</h1></html>',
    );
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    asked,
    pageThatSends: (form) => `/form/${pages.push(formPage(form)) - 1}`,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
