/*
 * sdk.streams.test.mjs: streams as the official clients of both eras see them.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';

import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as OldTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { CallToolResultSchema, LoggingMessageNotificationSchema, ToolListChangedNotificationSchema }
	from '@modelcontextprotocol/sdk/types.js';

import { eventually, fresh, one } from './house.mjs';

const name = fresh('sdk');
const full = (tool) => `${name}__${tool}`;
const fixture = (file) => readFile(new URL(`fixtures/${file}`, import.meta.url), 'utf8');
const STEPS = `import asyncio

async def main(steps: int) -> int:
    """Takes its time."""
    for n in range(steps):
        mcp.progress(n + 1, steps)
        await asyncio.sleep(0.1)
    return steps
`;
let server, flip;

before(async () => {
	server = await one.live(name, {
		log: { python_code: await fixture('test_tool_with_logging.py') },
		progress: { python_code: await fixture('test_tool_with_progress.py') },
		steps: { python_code: STEPS },
	});
	flip = await one.live(fresh('flip'), { there: { python_code: await fixture('test_logging_tool.py') } });
});

after(async () => {
	for (const id of [server.id, flip.id])
		await one.delete(`/api/servers/${id}?force=true`);
});

async function modern() {
	const client = new Client({ name: 'mcpbox-tests', version: '1.0.0' },
		{ versionNegotiation: { mode: { pin: '2026-07-28' } } });
	await client.connect(new StreamableHTTPClientTransport(one.mcp));
	return client;
}

async function legacy() {
	const client = new OldClient({ name: 'mcpbox-tests', version: '1.0.0' });
	const transport = new OldTransport(one.mcp, { reconnectionOptions: {
		initialReconnectionDelay: 50, maxReconnectionDelay: 500, reconnectionDelayGrowFactor: 1.5, maxRetries: 20 } });
	await client.connect(transport);
	return { client, transport };
}

test('the new client: progress', async () => {
	const client = await modern();
	try {
		const seen = [];
		const result = await client.callTool({ name: full('progress') }, { onprogress: (p) => seen.push(p) });
		assert.deepEqual(result.content, [{ type: 'text', text: 'Tool with progress executed successfully' }]);
		assert.deepEqual(seen.map((p) => [p.progress, p.total]), [[0, 100], [50, 100], [100, 100]]);
	} finally {
		await client.close();
	}
});

test('the new client: messages', async () => {
	const client = await modern();
	try {
		const seen = [];
		client.setNotificationHandler('notifications/message', (m) => { seen.push(m.params); });
		await client.callTool({ name: full('log') });
		assert.deepEqual(seen, []);
		await client.callTool({ name: full('log'), _meta: { 'io.modelcontextprotocol/logLevel': 'info' } });
		assert.deepEqual(seen.map((m) => [m.level, m.data]), [['info', 'Tool execution started'],
			['info', 'Tool processing data'], ['info', 'Tool execution completed']]);
	} finally {
		await client.close();
	}
});

test('the new client: listens, and closes', async () => {
	const client = await modern();
	try {
		let changes = 0;
		client.setNotificationHandler('notifications/tools/list_changed', () => { changes++; });
		const subscription = await client.listen({ toolsListChanged: true, promptsListChanged: true });
		assert.deepEqual(subscription.honoredFilter, { toolsListChanged: true, promptsListChanged: true });
		await one.post(`/api/servers/${flip.id}/stop`);
		await eventually('the change', () => changes > 0, 2);
		await one.post(`/api/servers/${flip.id}/start`);
		await eventually('the change back', () => changes > 1, 2);
		await subscription.close();
		assert.equal(await subscription.closed, 'local');
		assert.ok((await client.listTools()).tools.length > 0);
	} finally {
		await client.close();
	}
});

test('the new client: gives up a call', { skip: !one.home }, async () => {
	const client = await modern();
	try {
		const abort = new AbortController();
		const busy = async () => (await one.sandbox()).zygotes.find((z) => z.server === server.id)?.busy ?? 0;
		const call = client.callTool({ name: full('steps'), arguments: { steps: 200 } },
			{ signal: abort.signal, onprogress: () => abort.abort() });
		await assert.rejects(call);
		await eventually('the end of the run', async () => await busy() === 0);
	} finally {
		await client.close();
	}
});

test('the old client: a session, progress, messages, changes, the end', async () => {
	const { client, transport } = await legacy();
	try {
		assert.ok(transport.sessionId);
		const progress = [], messages = [];
		let changes = 0;
		client.setNotificationHandler(LoggingMessageNotificationSchema, (m) => { messages.push(m.params.data); });
		client.setNotificationHandler(ToolListChangedNotificationSchema, () => { changes++; });
		await client.callTool({ name: full('progress') }, undefined, { onprogress: (p) => progress.push(p.progress) });
		assert.deepEqual(progress, [0, 50, 100]);
		await client.callTool({ name: full('log') });
		assert.deepEqual(messages, []);
		await client.setLoggingLevel('debug');
		await client.callTool({ name: full('log') });
		assert.equal(messages.length, 3);
		await eventually('a change on its stream', async () => {
			await one.post(`/api/servers/${flip.id}/stop`);
			await one.post(`/api/servers/${flip.id}/start`);
			return changes > 0;
		}, 10);
		await transport.terminateSession();
	} finally {
		await client.close();
	}
});

test('the old client: gives up a call', { skip: !one.home }, async () => {
	const { client } = await legacy();
	try {
		const abort = new AbortController();
		const busy = async () => (await one.sandbox()).zygotes.find((z) => z.server === server.id)?.busy ?? 0;
		await assert.rejects(client.callTool({ name: full('steps'), arguments: { steps: 200 } }, undefined,
			{ signal: abort.signal, onprogress: () => abort.abort() }));
		await eventually('the end of the run', async () => await busy() === 0);
		assert.deepEqual(await client.ping(), {});
	} finally {
		await client.close();
	}
});

test('the old client: another one takes up where it lost its connection', { timeout: 60_000 }, async () => {
	const { client, transport } = await legacy();
	let token;
	const first = client.request({ method: 'tools/call', params: { name: full('steps'), arguments: { steps: 40 } } },
		CallToolResultSchema, { onprogress: () => {}, onresumptiontoken: (t) => { token = t; } });
	first.catch(() => {});
	await eventually('an event', () => token);
	const { sessionId, protocolVersion } = transport;
	await client.close();

	const next = new OldClient({ name: 'mcpbox-tests', version: '1.0.0' });
	const again = new OldTransport(one.mcp, { sessionId });
	await next.connect(again);
	if (protocolVersion)
		again.setProtocolVersion(protocolVersion);
	try {
		const seen = [];
		next.fallbackNotificationHandler = async (n) => { seen.push(n.params); };
		const result = await next.request({ method: 'tools/call', params: { name: full('steps'), arguments: { steps: 40 } } },
			CallToolResultSchema, { resumptionToken: token, onprogress: () => {} });
		assert.deepEqual(result.content, [{ type: 'text', text: '40' }]);
		await again.terminateSession();
	} finally {
		await next.close();
	}
});
