// An MCP server of both eras with what the conformance suite asks for by name (tools test_*, resources test://*), on
// the official packages. usage: PORT=n node fixture_server.mjs
import { randomBytes, randomUUID } from 'node:crypto';

import { localhostHostValidation } from '@modelcontextprotocol/express';
import { NodeStreamableHTTPServerTransport, toNodeHandler } from '@modelcontextprotocol/node';
import * as mcp from '@modelcontextprotocol/server';
import express from 'express';
import * as z from 'zod/v4';

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';
const WAV = 'UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA=';

const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const text = (value) => ({ type: 'text', text: value });
const says = (...content) => ({ content });
const embedded = (uri, mimeType, value) => ({ type: 'resource', resource: { uri, mimeType, text: value } });
const form = (properties, required = Object.keys(properties)) => ({ type: 'object', properties, required });
const question = (message, field) => mcp.inputRequired.elicit({ message, requestedSchema: form({ [field]: { type: 'string' } }) });
const completion = () =>
	mcp.inputRequired.createMessage({ messages: [{ role: 'user', content: text('Say hello') }], maxTokens: 16 });
const states = mcp.createRequestStateCodec({ key: randomBytes(32) });
const sealed = (fields) => states.mint({ ...fields, nonce: randomUUID() });
const answered = (context, name) => mcp.acceptedContent(context.mcpReq.inputResponses, name);

const transports = new Map();

// Asks the client on the stream of the call (sessions only) and tells what came back.
const asks = (label, method, params) => async (args, context) => {
	try {
		return says(text(`${label}: ${JSON.stringify(await context.mcpReq.send({ method, params: params(args) }))}`));
	} catch (error) {
		return says(text(`${label}: ${error.message}`));
	}
};
const elicits = (properties) => asks('answer', 'elicitation/create', (args) => ({
	message: args.message ?? 'Please fill in',
	requestedSchema: form(properties, []),
}));

async function logs(_args, context) {
	for (const data of ['started', 'working', 'done']) {
		await context.mcpReq.notify({ method: 'notifications/message', params: { level: 'info', data } });
		await pause(50);
	}
	return says(text('logged'));
}

async function progresses(_args, context) {
	const progressToken = context.mcpReq._meta?.progressToken;
	for (const progress of progressToken === undefined ? [] : [0, 50, 100]) {
		await context.mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress, total: 100 } });
		await pause(50);
	}
	return says(text(String(progressToken)));
}

async function reconnects(_args, context) {
	transports.get(context.sessionId)?.closeSSEStream(context.mcpReq.id);
	await pause(100);
	return says(text('the stream was closed and the answer came nevertheless'));
}

// --- requests in several rounds (MRTR) ---

const round = (name, request) => async (_args, context) =>
	context.mcpReq.inputResponses?.[name] === undefined
		? mcp.inputRequired({ inputRequests: { [name]: request() } })
		: says(text(`complete: ${JSON.stringify(context.mcpReq.inputResponses[name])}`));

const elicited = (name, message, field) => async (_args, context) =>
	answered(context, name)?.[field] === undefined
		? mcp.inputRequired({ inputRequests: { [name]: question(message, field) } })
		: says(text(`Hello, ${answered(context, name)[field]}`));

const confirmed = (label) => async (_args, context) =>
	answered(context, 'confirm') === undefined || context.mcpReq.requestState() === undefined
		? mcp.inputRequired({
				inputRequests: {
					confirm: mcp.inputRequired.elicit({ message: 'Go on?', requestedSchema: form({ ok: { type: 'boolean' } }) }),
				},
				requestState: await sealed({ label }),
			})
		: says(text(`${label}: state-ok`));

async function threeKinds(_args, context) {
	const got = context.mcpReq.inputResponses ?? {};
	if (got.greeting && got.client_roots && answered(context, 'user_name')) return says(text('all three came'));
	return mcp.inputRequired({
		inputRequests: {
			user_name: question('What is your name?', 'name'),
			greeting: completion(),
			client_roots: mcp.inputRequired.listRoots(),
		},
		requestState: await sealed({}),
	});
}

async function twoRounds(_args, context) {
	const done = context.mcpReq.requestState()?.round ?? 0;
	const steps = [['step1', 'Step 1: name?', 'name'], ['step2', 'Step 2: color?', 'color']];
	if (done === steps.length) return says(text('both rounds are complete'));
	const [name, message, field] = steps[done];
	return mcp.inputRequired({ inputRequests: { [name]: question(message, field) }, requestState: await sealed({ round: done + 1 }) });
}

async function declaredOnly(_args, context) {
	if (context.mcpReq.inputResponses !== undefined) return says(text('answered'));
	const declared = context.mcpReq.envelope?.[mcp.CLIENT_CAPABILITIES_META_KEY] ?? {};
	const inputRequests = {
		...(declared.elicitation && { user_name: question('What is your name?', 'name') }),
		...(declared.sampling && { greeting: completion() }),
		...(declared.roots && { client_roots: mcp.inputRequired.listRoots() }),
	};
	return Object.keys(inputRequests).length > 0 ? mcp.inputRequired({ inputRequests }) : says(text('nothing may be asked'));
}

// --- what is offered ---

const choices = ['one', 'two', 'three'];
const titled = choices.map((name) => ({ const: name, title: `Number ${name}` }));
const ADDRESS_SCHEMA = {
	$schema: 'https://json-schema.org/draft/2020-12/schema',
	type: 'object',
	$defs: { address: { $anchor: 'addressDef', type: 'object', properties: { street: { type: 'string' }, city: { type: 'string' } } } },
	properties: {
		name: { type: 'string' },
		address: { $ref: '#/$defs/address' },
		contactMethod: { type: 'string', enum: ['phone', 'email'] },
		phone: { type: 'string' },
		email: { type: 'string' },
	},
	allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
	if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
	then: { required: ['phone'] },
	else: { required: ['email'] },
	additionalProperties: false,
};
const header = { region: { type: 'string', 'x-mcp-header': 'Region' }, level: { type: 'integer' } };
const NONE = z.object({});

const tools = {
	test_simple_text: [undefined, async () => says(text('This is a simple text response for testing.'))],
	test_image_content: [undefined, async () => says({ type: 'image', data: PNG, mimeType: 'image/png' })],
	test_audio_content: [undefined, async () => says({ type: 'audio', data: WAV, mimeType: 'audio/wav' })],
	test_embedded_resource: [undefined, async () => says(embedded('test://embedded-resource', 'text/plain', 'embedded'))],
	test_multiple_content_types: [undefined, async () =>
		says(text('several kinds'), { type: 'image', data: PNG, mimeType: 'image/png' },
			embedded('test://mixed-content-resource', 'application/json', '{"test":"data","value":123}'))],
	test_error_handling: [undefined, async () => { throw new Error('This tool intentionally returns an error for testing'); }],
	test_tool_with_logging: [NONE, logs],
	test_tool_with_progress: [NONE, progresses],
	test_reconnection: [NONE, reconnects],
	json_schema_2020_12_tool: [mcp.fromJsonSchema(ADDRESS_SCHEMA), async () => says(text('well formed'))],
	test_x_mcp_header: [mcp.fromJsonSchema({ type: 'object', properties: header }), async (args) => says(text(String(args.region)))],
	test_sampling: [z.object({ prompt: z.string() }), asks('LLM response', 'sampling/createMessage', (args) => ({
		messages: [{ role: 'user', content: text(args.prompt) }], maxTokens: 100,
	}))],
	test_elicitation: [z.object({ message: z.string() }), elicits({ response: { type: 'string', description: 'the answer' } })],
	test_elicitation_sep1034_defaults: [NONE, elicits({
		name: { type: 'string', default: 'John Doe' },
		age: { type: 'integer', default: 30 },
		score: { type: 'number', default: 95.5 },
		status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
		verified: { type: 'boolean', default: true },
	})],
	test_elicitation_sep1330_enums: [NONE, elicits({
		untitledSingle: { type: 'string', enum: choices },
		titledSingle: { type: 'string', oneOf: titled },
		legacyEnum: { type: 'string', enum: choices, enumNames: choices.map((name) => `Number ${name}`) },
		untitledMulti: { type: 'array', items: { type: 'string', enum: choices } },
		titledMulti: { type: 'array', items: { anyOf: titled } },
	})],
	test_missing_capability: [NONE, round('llm_answer', completion)],
	test_streaming_elicitation: [NONE, async () => says(text('nothing was asked'))],
	test_logging_tool: [NONE, async (_args, context) => { await context.mcpReq.log('info', 'logged'); return says(text('done')); }],
	test_input_required_result_elicitation: [NONE, elicited('user_name', 'What is your name?', 'name')],
	test_input_required_result_sampling: [NONE, round('capital_question', completion)],
	test_input_required_result_list_roots: [NONE, round('client_roots', () => mcp.inputRequired.listRoots())],
	test_input_required_result_request_state: [NONE, confirmed('request state')],
	test_input_required_result_tampered_state: [NONE, confirmed('integrity')],
	test_input_required_result_multiple_inputs: [NONE, threeKinds],
	test_input_required_result_multi_round: [NONE, twoRounds],
	test_input_required_result_capabilities: [NONE, declaredOnly],
	test_trigger_tool_change: [NONE, async () => { modern.notify.toolsChanged(); return says(text('told')); }],
	test_trigger_prompt_change: [NONE, async () => { modern.notify.promptsChanged(); return says(text('told')); }],
};

const resources = {
	'test://static-text': { mimeType: 'text/plain', text: 'This is the content of the static text resource.' },
	'test://static-binary': { mimeType: 'image/png', blob: PNG },
	'test://watched-resource': { mimeType: 'text/plain', text: 'watched' },
};

const user = (content) => ({ messages: [{ role: 'user', content }] });
const prompts = {
	test_simple_prompt: [undefined, async () => user(text('This is a simple prompt for testing.'))],
	test_prompt_with_arguments: [z.object({ arg1: z.string(), arg2: z.string() }),
		async ({ arg1, arg2 }) => user(text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`))],
	test_prompt_with_embedded_resource: [z.object({ resourceUri: z.string() }), async ({ resourceUri }) => ({
		messages: [...user(embedded(resourceUri, 'text/plain', 'embedded')).messages, ...user(text('Look at it.')).messages],
	})],
	test_prompt_with_image: [undefined, async () => ({
		messages: [...user({ type: 'image', data: PNG, mimeType: 'image/png' }).messages, ...user(text('Look at it.')).messages],
	})],
	test_input_required_result_prompt: [undefined, async (...given) => {
		const context = given.at(-1);
		return answered(context, 'user_context')?.context === undefined
			? mcp.inputRequired({ inputRequests: { user_context: question('What context?', 'context') } })
			: user(text(`with ${answered(context, 'user_context').context}`));
	}],
};

function makeServer() {
	const changes = { listChanged: true };
	const server = new mcp.McpServer({ name: 'fixture', version: '1' }, {
		capabilities: { tools: changes, resources: { ...changes, subscribe: true }, prompts: changes, logging: {}, completions: {} },
		requestState: { verify: states.verify },
	});
	for (const [name, [inputSchema, run]] of Object.entries(tools))
		server.registerTool(name, { description: `For the suite: ${name}`, ...(inputSchema && { inputSchema }) }, run);
	for (const [uri, content] of Object.entries(resources))
		server.registerResource(uri.slice(7), uri, { description: uri, mimeType: content.mimeType }, async () => ({
			contents: [{ uri, ...content }],
		}));
	server.registerResource('template', new mcp.ResourceTemplate('test://template/{id}/data', { list: undefined }),
		{ description: 'by id', mimeType: 'application/json' },
		async (uri, { id }) => ({
			contents: [{ uri: uri.toString(), mimeType: 'application/json', text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }) }],
		}));
	for (const [name, [argsSchema, make]] of Object.entries(prompts))
		server.registerPrompt(name, { description: `For the suite: ${name}`, ...(argsSchema && { argsSchema }) }, make);
	for (const method of ['resources/subscribe', 'resources/unsubscribe', 'logging/setLevel'])
		server.server.setRequestHandler(method, async () => ({}));
	server.server.setRequestHandler('completion/complete', async () => ({ completion: { values: [], total: 0, hasMore: false } }));
	return server;
}

// --- HTTP ---

const modern = mcp.createMcpHandler(makeServer, { onerror: (error) => console.error(error) });
const serveModern = toNodeHandler(modern);

function eventStore() {
	const kept = [];
	return {
		async storeEvent(stream, message) {
			kept.push({ id: `${stream}::${kept.length}`, stream, message });
			return kept.at(-1).id;
		},
		async replayEventsAfter(last, { send }) {
			const from = kept.findIndex((event) => event.id === last);
			const stream = kept[from]?.stream;
			for (const event of kept.slice(from + 1))
				if (event.stream === stream && Object.keys(event.message ?? {}).length > 0) await send(event.id, event.message);
			return stream;
		},
	};
}

async function openSession() {
	const transport = new NodeStreamableHTTPServerTransport({
		sessionIdGenerator: () => randomUUID(),
		eventStore: eventStore(),
		retryInterval: 5000,
		onsessioninitialized: (id) => transports.set(id, transport),
	});
	transport.onclose = () => transports.delete(transport.sessionId);
	await makeServer().connect(transport);
	return transport;
}

const refuse = (response, status, message) =>
	response.status(status).json({ jsonrpc: '2.0', id: null, error: { code: -32000, message } });

const app = express();
app.use(express.json());
app.use(localhostHostValidation());
app.all('/mcp', async (request, response) => {
	const kind = request.method === 'POST' && mcp.classifyInboundRequest({
		httpMethod: request.method,
		protocolVersionHeader: request.headers['mcp-protocol-version'],
		mcpMethodHeader: request.headers['mcp-method'],
		body: request.body,
	}).kind;
	if (kind && kind !== 'legacy') return serveModern(request, response, request.body);
	const id = request.headers['mcp-session-id'];
	const opens = !id && kind && mcp.isInitializeRequest(request.body);
	const transport = opens ? await openSession() : transports.get(id);
	if (!transport) return refuse(response, id ? 404 : 400, id ? 'Session not found' : 'Session ID required');
	return transport.handleRequest(request, response, request.body);
});
app.listen(process.env.PORT, '127.0.0.1');
