/** A client bench with fakes of Google's two APIs behind the gateway, beside Anthropic's. */
import { startClientBench, type ClientBench } from '@/tests/support/client-bench';
import { GEMINI_KEY, startGeminiUpstream } from '@/tests/support/gemini-upstream';
import { vertexVariables } from '@/tests/support/mounts';
import type { Upstream } from '@/tests/support/upstream-server';
import { startVertexUpstream, type VertexUpstream } from '@/tests/support/vertex-upstream';

export interface GoogleBench extends ClientBench {
  readonly gemini: Upstream;
  readonly vertex: VertexUpstream;
}

export async function startGoogleBench(
  variables: Readonly<Record<string, string>> = {},
): Promise<GoogleBench> {
  const gemini = await startGeminiUpstream();
  const vertex = await startVertexUpstream();
  const bench = await startClientBench({
    GEMINI_API_KEY: GEMINI_KEY,
    GEMINI_UPSTREAM_URL: gemini.url,
    ...vertexVariables(vertex),
    ...variables,
  });
  return {
    ...bench,
    gemini,
    vertex,
    afterTest() {
      gemini.script();
      vertex.script();
      return bench.afterTest();
    },
    async stop() {
      await bench.stop();
      await Promise.all([gemini.stop(), vertex.stop()]);
    },
  };
}
