/*
 * story.legacy.test.mjs: the story, with the official client of 2025.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

import { one } from './house.mjs';
import { story } from './story.mjs';
import { CAPABILITIES } from './wire.mjs';

async function connect(house) {
	const client = new Client({ name: 'mcpbox-tests', version: '1.0.0' });
	await client.connect(new StreamableHTTPClientTransport(house.mcp));
	return client;
}

test('the old client: initialize, ping', async () => {
	const client = await connect(one);
	try {
		assert.equal(client.getServerVersion().name, 'mcpbox');
		assert.deepEqual(client.getServerCapabilities(), CAPABILITIES);
		assert.match(client.getInstructions(), /approves/);
		assert.deepEqual(await client.ping(), {});
	} finally {
		await client.close();
	}
});

test('the old client: write, approve, call, change, roll back', { timeout: 120_000 }, async () => {
	const client = await connect(one);
	try {
		await story(one, client);
	} finally {
		await client.close();
	}
});
