// An agent on the official TypeScript SDK. usage: node sdk_client.mjs URL TOKEN [PREFIX]; prints "what: result" lines.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { CreateMessageRequestSchema, ElicitRequestSchema, ListRootsRequestSchema } from '@modelcontextprotocol/sdk/types.js';

const [url, token, prefix = ''] = process.argv.slice(2);
const say = (what, value) => console.log(`${what}: ${String(value).replaceAll('\n', ' ')}`);

const transport = new StreamableHTTPClientTransport(new URL(url), {
	requestInit: { headers: { Authorization: `Bearer ${token}` } },
});
const client = new Client({ name: 'agent', version: '1' }, { capabilities: { sampling: {}, elicitation: {}, roots: {} } });
client.setRequestHandler(CreateMessageRequestSchema, async () => ({
	model: 'none',
	role: 'assistant',
	content: { type: 'text', text: 'sampled' },
}));
client.setRequestHandler(ElicitRequestSchema, async () => ({ action: 'accept', content: { name: 'a', check: true } }));
client.setRequestHandler(ListRootsRequestSchema, async () => ({ roots: [{ uri: 'file:///tmp' }] }));

const call = async (name, args, options) =>
	JSON.stringify(await client.callTool({ name: prefix + name, arguments: args }, undefined, options));

await client.connect(transport);
say('tools', (await client.listTools()).tools.map((tool) => tool.name).join(' '));
say('echo', await call('echo', { message: 'hello' }));
let progress = 0;
await call('trigger-long-running-operation', { duration: 1, steps: 3 }, { onprogress: () => progress++ });
say('progress', progress);
say('sampling', await call('trigger-sampling-request', { prompt: 'x', maxTokens: 10 }));
say('elicitation', await call('trigger-elicitation-request', {}));
say('roots', await call('get-roots-list', {}));
say('denied', await call('get-env', {}).catch((error) => error.message));
if (prefix === '') {
	say('resources', (await client.listResources()).resources.length);
	say('prompts', (await client.listPrompts()).prompts.length);
}
await transport.terminateSession();
await client.close();
