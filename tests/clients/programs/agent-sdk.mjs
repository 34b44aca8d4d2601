/** A user's program over @anthropic-ai/claude-agent-sdk: one prompt with its bundled Claude Code; prints the result as JSON. */
const { entry, prompt, options } = JSON.parse(process.argv[2]);
const { query } = await import(entry);

for await (const message of query({ prompt, options })) {
  if (message.type === 'result') console.log(JSON.stringify(message));
}
