/*
 * clients.test.mjs: the official clients, old and new, and the Inspector, at
 * the endpoint of one server: tools, resources, prompts, completion, and what
 * a tool asks of them.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as OldTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { CreateMessageRequestSchema, ElicitRequestSchema, ListRootsRequestSchema }
	from '@modelcontextprotocol/sdk/types.js';

import { makeFixtures } from './fixtures/make.mjs';
import { fixtures } from './fixtures/manifest.mjs';
import { fresh, one } from './house.mjs';

const INFO = { name: 'mcpbox-tests', version: '1.0.0' };
const CAPABILITIES = { elicitation: {}, sampling: {}, roots: {} };
/* What a person, a model and a client answer. */
const elicit = ({ params }) => ({ action: 'accept', content: Object.fromEntries(
	Object.entries(params.requestedSchema.properties).map(([name, { type, default: def }]) =>
		[name, def ?? (type === 'boolean' ? true : type === 'string' ? `${name}!` : 1)])) });
const sample = () => ({ role: 'assistant', model: 'none', content: { type: 'text', text: 'Paris' } });
const roots = () => ({ roots: [{ uri: 'file:///home/ada', name: 'home' }] });

let name, server, url;

before(async () => {
	name = fresh('clients');
	url = new URL(`/mcp/${name}`, one.mcp);
	server = await makeFixtures(one, name);
});

after(async () => {
	if (server)
		await one.delete(`/api/servers/${server.id}?force=true`);
});

async function modern() {
	const client = new Client(INFO, { capabilities: CAPABILITIES,
		versionNegotiation: { mode: { pin: '2026-07-28' } } });
	client.setRequestHandler('elicitation/create', elicit);
	client.setRequestHandler('sampling/createMessage', sample);
	client.setRequestHandler('roots/list', roots);
	await client.connect(new StreamableHTTPClientTransport(url));
	return client;
}

async function legacy() {
	const client = new OldClient(INFO, { capabilities: CAPABILITIES });
	client.setRequestHandler(ElicitRequestSchema, elicit);
	client.setRequestHandler(CreateMessageRequestSchema, sample);
	client.setRequestHandler(ListRootsRequestSchema, roots);
	await client.connect(new OldTransport(url));
	return client;
}

const text = (result) => result.content.map((block) => block.text).join('\n');
const of = (kind) => fixtures.filter((f) => f.kind === kind);

async function exercise(client) {
	const call = async (tool, args = {}) => {
		const result = await client.callTool({ name: tool, arguments: args });
		assert.ok(!result.isError, text(result));
		return text(result);
	};

	assert.deepEqual((await client.listTools()).tools.map((t) => t.name), of('tool').map((f) => f.name));
	assert.deepEqual((await client.listPrompts()).prompts.map((p) => p.name), of('prompt').map((f) => f.name));
	assert.deepEqual((await client.listResources()).resources.map((r) => r.uri),
		of('resource').map((f) => f.fields.uri));
	assert.deepEqual((await client.listResourceTemplates()).resourceTemplates.map((r) => r.uriTemplate),
		of('template').map((f) => f.fields.uri));

	assert.equal(await call('greet', { name: 'Ada' }), 'Hello, Ada!');
	assert.equal(await call('test_input_required_result_elicitation'), 'Hello, name!!');
	assert.equal(await call('test_input_required_result_sampling'), 'The model said: Paris');
	assert.equal(await call('test_input_required_result_list_roots'), '1 roots: file:///home/ada');
	assert.equal(await call('test_input_required_result_multi_round'), 'name! likes color!');
	assert.equal(await call('test_input_required_result_multiple_inputs'), 'Paris name!: 1 roots');
	assert.match(await call('test_elicitation_sep1034_defaults'), /"John Doe"/);

	const [{ text: body }] = (await client.readResource({ uri: 'test://template/7/data' })).contents;
	assert.equal(JSON.parse(body).id, '7');
	const { messages } = await client.getPrompt({ name: 'test_prompt_with_arguments',
		arguments: { arg1: 'x', arg2: 'y' } });
	assert.equal(messages[0].content.text, "Prompt with arguments: arg1='x', arg2='y'");
	const { completion } = await client.complete({ ref: { type: 'ref/prompt', name: 'test_prompt_with_arguments' },
		argument: { name: 'arg1', value: 'par' } });
	assert.deepEqual(completion.values, ['paris', 'park', 'party']);
	await assert.rejects(client.readResource({ uri: 'test://nothing' }), /There is no resource/);
}

test('the new client', { timeout: 60_000 }, async () => {
	const client = await modern();
	await exercise(client);
	await client.close();
});

test('the old client', { timeout: 60_000 }, async () => {
	const client = await legacy();
	await exercise(client);
	await client.close();
});

/* --- the Inspector ---------------------------------------------------------- */

const CLI = fileURLToPath(new URL('../node_modules/.bin/mcp-inspector', import.meta.url));

async function inspect(...args) {
	const { stdout } = await promisify(execFile)(process.execPath, [CLI, '--cli', url.href,
		'--transport', 'http', ...args], { timeout: 60_000, maxBuffer: 1 << 24 });
	return JSON.parse(stdout);
}

test('the Inspector lists and calls', { timeout: 120_000 }, async () => {
	const [tools, greeting] = await Promise.all([
		inspect('--method', 'tools/list', '--strict'),
		inspect('--method', 'tools/call', '--tool-name', 'greet', '--tool-arg', 'name=Ada'),
	]);
	assert.deepEqual(tools.tools.map((t) => t.name), of('tool').map((f) => f.name));
	assert.equal(text(greeting), 'Hello, Ada!');
});
