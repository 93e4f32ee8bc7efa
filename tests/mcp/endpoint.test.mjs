/*
 * endpoint.test.mjs: /mcp/<server>: one server alone, under its own names.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { eventually, fresh, one } from './house.mjs';
import { Session, modernOpen } from './stream.mjs';
import { K, LEGACY, legacy, modern, send } from './wire.mjs';

const code = (text) => `async def main() -> str:\n    """Says ${text}."""\n    return "${text}"\n`;

const left = fresh('left');
const right = fresh('right');
const url = (name) => new URL(`/mcp/${name}`, one.mcp);
let servers;

before(async () => {
	servers = {};
	/* one after the other: their order is that in which they were made */
	for (const [name, tools] of [[left, ['zebra', 'apple', 'mango']], [right, ['apple']]]) {
		const server = await one.post('/api/servers', { name, description: `About ${name}.` });
		for (const tool of tools) {
			const { id } = await one.post(`/api/servers/${server.id}/tools`,
				{ name: tool, python_code: code(`${tool} of ${name}`) });
			await one.post(`/api/tools/${id}/request-publish`);
			await one.approve(id);
			server[tool] = id;
		}
		await one.post(`/api/servers/${server.id}/start`);
		servers[name] = server;
	}
});

after(async () => {
	for (const { id } of Object.values(servers))
		await one.delete(`/api/servers/${id}?force=true`);
});

const names = (res) => res.json.result.tools.map((t) => t.name);
const text = (res) => res.json.result.content[0].text;

test('its tools and nothing else, in the order in which they were made', async () => {
	assert.deepEqual(names(await modern(url(left), 'tools/list')), ['zebra', 'apple', 'mango']);
	assert.deepEqual(names(await modern(url(right), 'tools/list')), ['apple']);
	for (const version of LEGACY)
		assert.deepEqual(names(await legacy(url(left), 'tools/list', {}, { 'MCP-Protocol-Version': version })),
			['zebra', 'apple', 'mango']);
	const all = await modern(one.mcp, 'tools/list');
	assert.ok(names(all).includes('mcpbox_create_tool'));
	assert.ok(!names(all).includes('apple'));
});

test('a name means the tool of this server', async () => {
	assert.equal(text(await modern(url(left), 'tools/call', { name: 'apple' })), `apple of ${left}`);
	assert.equal(text(await modern(url(right), 'tools/call', { name: 'apple' })), `apple of ${right}`);
	for (const name of ['mango', `${left}__apple`, `${right}__apple`, 'mcpbox_list_servers', '']) {
		const res = await modern(url(right), 'tools/call', { name });
		assert.equal(res.json.error?.code, -32602, name);
	}
	/* the other way round: short names mean nothing where all are */
	assert.equal((await modern(one.mcp, 'tools/call', { name: 'apple' })).json.error.code, -32602);
});

test('it says who it is', async () => {
	const { result } = (await modern(url(left), 'server/discover')).json;
	assert.equal(result._meta[`${K}serverInfo`].name, left);
	assert.equal(result.instructions, `About ${left}.`);
	const init = (await legacy(url(left), 'initialize', { protocolVersion: '2025-11-25',
		capabilities: {}, clientInfo: { name: 't', version: '1' } }, {})).json.result;
	assert.equal(init.serverInfo.name, left);
	assert.equal(init.instructions, `About ${left}.`);
});

test('what is no server has no endpoint', async () => {
	for (const name of ['nosuchserver', '', 'A', 'a/b', `${left}/`, '%2fmcp', `${left}%00`, 'x'.repeat(500)]) {
		const res = await modern(url(name), 'tools/list');
		assert.ok(res.status === 404 || res.status === 400, `${name}: ${res.status}`);
		assert.equal(res.json?.result, undefined, name);
	}
});

test('a session of one endpoint is none at another', async () => {
	const endpoints = [url(left), url(right), one.mcp];
	for (const mine of endpoints) {
		const s = await Session.start(mine);
		const headers = s.headers();
		for (const other of endpoints) {
			const status = other === mine ? 200 : 404;
			assert.equal((await legacy(other, 'ping', {}, headers)).status, status);
			if (other !== mine) {
				assert.equal((await send(other, { method: 'DELETE', headers })).status, 404);
				assert.equal((await send(other, { method: 'GET', headers: { ...headers,
					Accept: 'text/event-stream' } })).status, 404);
			}
		}
		assert.equal(await s.delete(), 204);
		assert.equal((await legacy(mine, 'ping', {}, headers)).status, 404);
	}
});

const CHANGED = 'notifications/tools/list_changed';
const listen = (endpoint) => modernOpen(endpoint, 'subscriptions/listen',
	{ notifications: { toolsListChanged: true } });

/* Two changes of the list of that server. */
async function change(server) {
	await one.post(`/api/servers/${servers[server].id}/stop`);
	await one.post(`/api/servers/${servers[server].id}/start`);
}

test('who listens there hears of that server alone', async () => {
	const session = await Session.start(url(left));
	const streams = [await listen(url(left)), await session.get(), await listen(one.mcp)];
	const other = await listen(url(right));
	const heard = (s) => s.messages(CHANGED).length;
	try {
		await Promise.all([...streams.filter((_, i) => i !== 1), other]
			.map((s) => s.message('notifications/subscriptions/acknowledged')));
		/* what the making of the servers set off may still be under way, once */
		for (let n = 0; n < 3; n++) {
			const had = streams.map(heard);
			await change(left);
			await Promise.all(streams.map((s, i) => s.until('the change', () => heard(s) > had[i])));
		}
		assert.ok(heard(other) <= 1, `${heard(other)} of another server's changes`);
		const [mine] = streams.map(heard);
		for (let n = 0; n < 3; n++) {
			const had = heard(other);
			await change(right);
			await other.until('its own change', () => heard(other) > had);
		}
		/* the last change of the left one may have come in two */
		assert.ok(heard(streams[0]) <= mine + 1);
	} finally {
		for (const s of [...streams, other])
			s.leave();
	}
});

test('a cursor of one endpoint is none at another', async () => {
	const res = await modern(one.mcp, 'tools/list');
	if (res.json.result.nextCursor !== undefined)
		assert.equal((await modern(url(left), 'tools/list',
			{ cursor: res.json.result.nextCursor })).json.error.code, -32602);
});

test('it lasts as long as the server', async () => {
	const name = fresh('short');
	const server = await one.live(name, { tool: { python_code: code('x') } });
	const session = await Session.start(url(name));
	assert.deepEqual(names(await modern(url(name), 'tools/list')), ['tool']);
	const stream = await session.get();
	await one.post(`/api/servers/${server.id}/stop`);
	await eventually('an empty list', async () => names(await modern(url(name), 'tools/list')).length === 0);
	await one.delete(`/api/servers/${server.id}?force=true`);
	await eventually('404', async () => (await modern(url(name), 'tools/list')).status === 404);
	await stream.end();
	/* and the session with it, were there another server of that name */
	const again = await one.post('/api/servers', { name });
	assert.equal((await session.post({ id: 1, method: 'ping' })).status, 404);
	await one.delete(`/api/servers/${again.id}?force=true`);
});
