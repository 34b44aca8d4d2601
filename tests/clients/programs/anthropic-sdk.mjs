/** A user's program over @anthropic-ai/sdk: does one thing with it and prints what came of it as JSON. */
const { entry, options, act, params } = JSON.parse(process.argv[2]);
const sdk = await import(entry);
const client = new sdk.default(options);

const ACTS = {
  create: (body) => client.messages.create(body).withResponse().then(withHeaders),
  beta: (body) => client.beta.messages.create(body),
  count: (body) => client.messages.countTokens(body),
  retrieve: (id) => client.models.retrieve(id),
  async helper(body) {
    let text = '';
    const stream = client.messages.stream(body).on('text', (delta) => (text += delta));
    const message = await stream.finalMessage();
    return { text, message };
  },
  async iterate(body) {
    const types = [];
    for await (const event of await client.messages.create({ ...body, stream: true })) types.push(event.type);
    return types;
  },
  /** Leaves as soon as the first text is there. */
  async leave(body) {
    for await (const event of await client.messages.create({ ...body, stream: true })) {
      if (event.type === 'content_block_delta') return event.delta.text;
    }
    return null;
  },
  /** One model a page, so that paging is seen to work. */
  async models() {
    const ids = [];
    for await (const model of client.models.list({ limit: 1 })) ids.push(model.id);
    return ids;
  },
};

function withHeaders({ data, response, request_id: requestId }) {
  return { message: data, requestId, headers: Object.fromEntries(response.headers) };
}

/** The most special of the SDK's error classes comes first. */
function classOf(error) {
  const names = Object.keys(sdk).filter((name) => name.endsWith('Error') && error instanceof sdk[name]);
  return names.find((name) => sdk[name] === error.constructor) ?? error.constructor.name;
}

try {
  console.log(JSON.stringify({ value: await ACTS[act](params) }));
} catch (error) {
  const { status, type, message, requestID } = error;
  console.log(
    JSON.stringify({ error: { class: classOf(error), status, type, message, requestId: requestID } }),
  );
}
