// The agent of `tipstaff demo`: an ordinary MCP client on the official SDK that knows nothing of Tipstaff.
// Environment: MCP_URL, MCP_TOKEN, FOLDER. Tells each step as one line of JSON.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const { MCP_URL, MCP_TOKEN, FOLDER } = process.env;
const tell = (line) => console.log(JSON.stringify(line));
const text = (result) => (result.content ?? []).map((part) => part.text ?? "").join("").trim();

// What the server said, out of what the SDK made of it.
function sentence(error) {
	const message = String(error?.message ?? error);
	try {
		return JSON.parse(message.slice(message.indexOf("{"))).error.message;
	} catch {
		return message;
	}
}

// Runs one step; whatever it throws is told, not thrown.
async function step(name, run) {
	try {
		tell({ step: name, ok: true, ...(await run()) });
	} catch (error) {
		const message = sentence(error);
		tell({ step: name, ok: false, error: message, decision: message.match(/\bd_[0-9A-Z]{26}\b/)?.[0] });
	}
}

const client = new Client({ name: "notes-bot", version: "1.0.0" });
const transport = new StreamableHTTPClientTransport(new URL(MCP_URL), {
	requestInit: { headers: { Authorization: `Bearer ${MCP_TOKEN}` } },
});

let tools = [];
await step("connect", async () => {
	await client.connect(transport);
	return { server: client.getServerVersion()?.name };
});
await step("list", async () => {
	tools = (await client.listTools()).tools.map((tool) => tool.name);
	return { tools };
});

// What a model would do: pick tools by their names. A tool that was not listed is called all the same.
const named = (ending, fallback) => tools.find((name) => name.endsWith(ending)) ?? fallback;
await step("read", async () => {
	const result = await client.callTool({
		name: named("read_text_file", "fs__read_text_file"),
		arguments: { path: `${FOLDER}/welcome.txt` },
	});
	return { text: text(result), tool_error: result.isError === true };
});
await step("write", async () => {
	const result = await client.callTool({
		name: named("write_file", "fs__write_file"),
		arguments: { path: `${FOLDER}/stolen.txt`, content: "whatever the agent likes" },
	});
	return { text: text(result), tool_error: result.isError === true };
});
await client.close().catch(() => {});
