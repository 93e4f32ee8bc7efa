/*
 * story.modern.test.mjs: the story, with the official client of 2026-07-28;
 * on two instances at the same time where there are two.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

import { one, two } from './house.mjs';
import { story } from './story.mjs';
import { CAPABILITIES } from './wire.mjs';

async function connect(house, mode = { pin: '2026-07-28' }) {
	const client = new Client({ name: 'mcpbox-tests', version: '1.0.0' },
		{ versionNegotiation: { mode } });
	await client.connect(new StreamableHTTPClientTransport(house.mcp));
	return client;
}

test('the new client: discover', async () => {
	const client = await connect(one);
	try {
		assert.equal(client.getNegotiatedProtocolVersion(), '2026-07-28');
		assert.equal(client.getServerVersion().name, 'mcpbox');
		assert.deepEqual(client.getServerCapabilities(),
			{ ...CAPABILITIES, extensions: { 'io.modelcontextprotocol/tasks': {} } });
		assert.match(client.getInstructions(), /approves/);
	} finally {
		await client.close();
	}
});

test('the new client finds out by itself which era to speak', async () => {
	const client = await connect(one, 'auto');
	try {
		assert.equal(client.getNegotiatedProtocolVersion(), '2026-07-28');
	} finally {
		await client.close();
	}
});

test('the new client, told to speak the old way', async () => {
	const client = await connect(one, 'legacy');
	try {
		assert.equal(client.getNegotiatedProtocolVersion(), '2025-11-25');
		assert.ok((await client.listTools()).tools.length > 0);
	} finally {
		await client.close();
	}
});

test('the new client: write, approve, call, change, roll back; sandboxd dies',
	{ timeout: 180_000 }, async () => {
		const houses = two ? [one, two] : [one];
		const done = await Promise.allSettled(houses.map(async (house) => {
			const client = await connect(house);
			try {
				await story(house, client, { killSandbox: true });
			} finally {
				await client.close();
			}
		}));
		for (const d of done) {
			if (d.status === 'rejected')
				throw d.reason;
		}
	});
