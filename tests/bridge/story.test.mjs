/*
 * story.test.mjs: the story (tests/mcp/story.mjs), with the official clients
 * on stdio: they start mcpbox-stdio as they start any server.
 */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';

import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as OldTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

import { fresh, one } from '../mcp/house.mjs';
import { story } from '../mcp/story.mjs';

const build = process.env.MCPBOX_TEST_BUILD ?? 'release';
const program = fileURLToPath(new URL(`../../build/${build}/mcpbox-stdio`, import.meta.url));
const url = one.mcp.href;
const socket = `unix:${one.home}/run/mcp.sock`;

function started(endpoint) {
	return { command: program, args: [endpoint], stderr: 'inherit' };
}

async function old(endpoint) {
	const client = new OldClient({ name: 'mcpbox-tests', version: '1.0.0' });
	await client.connect(new OldTransport(started(endpoint)));
	return client;
}

async function modern(endpoint, mode = { pin: '2026-07-28' }) {
	const client = new Client({ name: 'mcpbox-tests', version: '1.0.0' },
		{ versionNegotiation: { mode } });
	await client.connect(new StdioClientTransport(started(endpoint)));
	return client;
}

async function using(client, fn) {
	try {
		await fn(client);
	} finally {
		await client.close();
	}
}

test('the old client: initialize, ping, the story', { timeout: 180_000 }, async () => {
	await using(await old(url), async (client) => {
		assert.equal(client.getServerVersion().name, 'mcpbox');
		assert.deepEqual(await client.ping(), {});
		await story(one, client);
	});
});

test('the new client: the story, over the socket; sandboxd dies', { timeout: 180_000 }, async () => {
	await using(await modern(socket), async (client) => {
		assert.equal(client.getNegotiatedProtocolVersion(), '2026-07-28');
		await story(one, client, { killSandbox: true });
	});
});

test('the new client finds out by itself which era to speak', async () => {
	await using(await modern(url, 'auto'), async (client) => {
		assert.equal(client.getNegotiatedProtocolVersion(), '2026-07-28');
		assert.ok((await client.listTools()).tools.length > 0);
	});
});

test('the new client, told to speak the old way', async () => {
	await using(await modern(socket, 'legacy'), async (client) => {
		assert.equal(client.getNegotiatedProtocolVersion(), '2025-11-25');
		assert.ok((await client.listTools()).tools.length > 0);
	});
});

test('a call is aborted, and the next one works', { timeout: 60_000 }, async () => {
	const name = fresh('abort');
	await one.live(name, { nap: { python_code:
		'import asyncio\n\n\nasync def main(s: float) -> float:\n    """Wait."""\n' +
		'    await asyncio.sleep(s)\n    return s\n' } });
	for (const client of [await old(url), await modern(socket)]) {
		await using(client, async () => {
			const stop = new AbortController();
			const call = (s, options) => client.callTool(
				{ name: `${name}__nap`, arguments: { s } },
				...(client instanceof OldClient ? [undefined, options] : [options]));
			setTimeout(() => stop.abort(), 500);
			await assert.rejects(call(25, { signal: stop.signal }));
			assert.equal((await call(0.01)).content[0].text, '0.01');
		});
	}
});

test('nobody listens: a sentence, not silence', async () => {
	const client = new OldClient({ name: 'mcpbox-tests', version: '1.0.0' });
	await assert.rejects(client.connect(new OldTransport({
		command: program, args: ['--retry-refused', '0', 'http://127.0.0.1:9/mcp'], stderr: 'ignore',
	})), /cannot be reached/);
	await client.close();
});
