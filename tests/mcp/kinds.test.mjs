/*
 * kinds.test.mjs: resources, templates, prompts and completion as the official
 * clients of both eras see them.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as OldTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { PromptListChangedNotificationSchema, ResourceUpdatedNotificationSchema }
	from '@modelcontextprotocol/sdk/types.js';

import { eventually, fresh, one } from './house.mjs';

const name = fresh('kinds');
const full = (thing) => `${name}__${thing}`;
const root = `test://${name}`;

const BOARD = `async def main():
    """What the board says."""
    return "hello"
`;
const PIXEL = `async def main():
    """A picture."""
    return mcp.image(b"\\x89PNG\\r\\n\\x1a\\n", "image/png")
`;
const DATA = `async def main(id: str):
    """Data by number."""
    return json.dumps({"id": id, "data": "Data for ID: " + id})


async def complete(argument, value, context):
    return [value + str(n) for n in range(3)]
`;
const GREET = `from typing import Literal


async def main(who: str, tone: Literal["kind", "stern"] = "kind"):
    """Greets somebody.

    Args:
        who: a name
    """
    mcp.progress(1, 1)
    return [
        "Greet %s, %s." % (who, tone),
        {"role": "assistant", "content": mcp.resource("test://embedded", "inside", mime="text/plain")},
    ]
`;
const NEWS = `async def main(what: str = "", uri: str = ""):
    """Announces."""
    if what:
        mcp.list_changed(what)
    if uri:
        mcp.resource_updated(uri)
`;
let server;

async function publish(path, body) {
	const thing = await one.post(`/api/servers/${server.id}/${path}`, body);
	await one.approve(thing.id);
	return thing;
}

before(async () => {
	server = await one.live(name, { news: { python_code: NEWS } });
	await publish('resources', { name: 'board', uri: `${root}/board`, mime_type: 'text/plain',
		title: 'Board', python_code: BOARD, annotations: { priority: 0.5 } });
	await publish('resources', { name: 'pixel', uri: `${root}/pixel`, mime_type: 'image/png', python_code: PIXEL });
	await publish('resource-templates', { name: 'data', uri: `${root}/data/{id}`, mime_type: 'application/json',
		python_code: DATA });
	await publish('prompts', { name: 'greet', title: 'Greet', python_code: GREET });
	/* What nobody approved, beside it. */
	await one.post(`/api/servers/${server.id}/resources`, { name: 'draft', uri: `${root}/draft`, python_code: BOARD });
	await one.post(`/api/servers/${server.id}/prompts`, { name: 'draft_prompt', python_code: GREET });
});

after(() => one.delete(`/api/servers/${server.id}?force=true`));

async function modern() {
	const client = new Client({ name: 'mcpbox-tests', version: '1.0.0' },
		{ versionNegotiation: { mode: { pin: '2026-07-28' } } });
	await client.connect(new StreamableHTTPClientTransport(one.mcp));
	return client;
}

async function legacy() {
	const client = new OldClient({ name: 'mcpbox-tests', version: '1.0.0' });
	await client.connect(new OldTransport(one.mcp));
	return client;
}

const mine = (list) => list.filter((x) => x.name.startsWith(`${name}__`));

for (const [which, connect, missing] of [['new', modern, -32602], ['old', legacy, -32002]]) {
	const with_client = (what, fn) => test(`the ${which} client: ${what}`, async () => {
		const client = await connect();
		try {
			await fn(client);
		} finally {
			await client.close();
		}
	});

	with_client('lists, and nothing that is not approved', async (client) => {
		const { resources } = await client.listResources();
		assert.deepEqual(mine(resources).map((r) => [r.uri, r.mimeType, r.title]),
			[[`${root}/board`, 'text/plain', 'Board'], [`${root}/pixel`, 'image/png', undefined]]);
		const { resourceTemplates } = await client.listResourceTemplates();
		assert.deepEqual(mine(resourceTemplates).map((t) => t.uriTemplate), [`${root}/data/{id}`]);
		const { prompts } = await client.listPrompts();
		assert.deepEqual(mine(prompts), [{ name: full('greet'), title: 'Greet', description: 'Greets somebody.',
			arguments: [{ name: 'who', description: 'a name', required: true }, { name: 'tone', required: false }] }]);
		const { tools } = await client.listTools();
		assert.deepEqual(mine(tools).map((t) => t.name), [full('news')]);
	});

	with_client('reads', async (client) => {
		const board = await client.readResource({ uri: `${root}/board` });
		assert.deepEqual(board.contents, [{ uri: `${root}/board`, mimeType: 'text/plain', text: 'hello' }]);
		const [pixel] = (await client.readResource({ uri: `${root}/pixel` })).contents;
		assert.equal(pixel.mimeType, 'image/png');
		assert.equal(Buffer.from(pixel.blob, 'base64').toString('latin1', 1, 4), 'PNG');
		const [data] = (await client.readResource({ uri: `${root}/data/123` })).contents;
		assert.deepEqual([data.uri, data.mimeType, JSON.parse(data.text)],
			[`${root}/data/123`, 'application/json', { id: '123', data: 'Data for ID: 123' }]);
		for (const uri of [`${root}/none`, `${root}/draft`, `${root}/data/`])
			await assert.rejects(client.readResource({ uri }), (e) => e.code === missing);
	});

	with_client('gets a prompt', async (client) => {
		const seen = [];
		const got = await client.getPrompt({ name: full('greet'), arguments: { who: 'Anna' } },
			{ onprogress: (p) => seen.push(p.progress) });
		assert.equal(got.description, 'Greets somebody.');
		assert.deepEqual(got.messages, [
			{ role: 'user', content: { type: 'text', text: 'Greet Anna, kind.' } },
			{ role: 'assistant', content: { type: 'resource',
				resource: { uri: 'test://embedded', mimeType: 'text/plain', text: 'inside' } } },
		]);
		assert.deepEqual(seen, [1]);
		for (const params of [{ name: full('greet') }, { name: full('none') }, { name: full('draft_prompt') },
			{ name: full('greet'), arguments: { who: 'A', tone: 'loud' } }])
			await assert.rejects(client.getPrompt(params), (e) => e.code === -32602);
	});

	with_client('completes', async (client) => {
		const ask = (ref, argument, value) => client.complete({ ref, argument: { name: argument, value } });
		const prompt = { type: 'ref/prompt', name: full('greet') };
		assert.deepEqual((await ask(prompt, 'tone', 's')).completion.values, ['stern']);
		assert.deepEqual((await ask(prompt, 'who', 'A')).completion.values, []);
		const template = { type: 'ref/resource', uri: `${root}/data/{id}` };
		assert.deepEqual((await ask(template, 'id', '7')).completion.values, ['70', '71', '72']);
		await assert.rejects(ask({ type: 'ref/prompt', name: full('draft_prompt') }, 'who', ''),
			(e) => e.code === -32602);
	});
}

test('the new client: hears of what it subscribed to', async () => {
	const client = await modern();
	try {
		const updated = [];
		let prompts = 0;
		client.setNotificationHandler('notifications/resources/updated', (n) => { updated.push(n.params.uri); });
		client.setNotificationHandler('notifications/prompts/list_changed', () => { prompts++; });
		const subscription = await client.listen({ promptsListChanged: true, resourcesListChanged: true,
			resourceSubscriptions: [`${root}/board`] });
		assert.deepEqual(subscription.honoredFilter, { promptsListChanged: true, resourcesListChanged: true,
			resourceSubscriptions: [`${root}/board`] });
		await client.callTool({ name: full('news'), arguments: { uri: `${root}/board` } });
		await eventually('the update', () => updated.length === 1, 5);
		await client.callTool({ name: full('news'), arguments: { what: 'prompts' } });
		await eventually('the change', () => prompts > 0, 5);
		assert.deepEqual(updated, [`${root}/board`]);
		await subscription.close();
	} finally {
		await client.close();
	}
});

test('the old client: hears of what it subscribed to', async () => {
	const client = await legacy();
	try {
		const updated = [];
		let prompts = 0;
		client.setNotificationHandler(ResourceUpdatedNotificationSchema, (n) => { updated.push(n.params.uri); });
		client.setNotificationHandler(PromptListChangedNotificationSchema, () => { prompts++; });
		await client.subscribeResource({ uri: `${root}/board` });
		await assert.rejects(client.subscribeResource({ uri: `${root}/none` }), (e) => e.code === -32002);
		const say = (args) => client.callTool({ name: full('news'), arguments: args });
		/* The stream is opened on the side: until it is there, nobody hears. */
		await eventually('the update', async () => {
			await say({ uri: `${root}/board` });
			return updated.length > 0;
		}, 10);
		await client.unsubscribeResource({ uri: `${root}/board` });
		await eventually('the change', async () => {
			await say({ what: 'prompts' });
			return prompts > 0;
		}, 10);
		assert.ok(updated.every((uri) => uri === `${root}/board`));
	} finally {
		await client.close();
	}
});
