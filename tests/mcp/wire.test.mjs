/*
 * wire.test.mjs: statuses and codes, by the tables of the two eras, and what
 * malformed input earns: an answer, at once, that is the sender's fault.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { one } from './house.mjs';
import { CAPABILITIES, K, LEGACY, MODERN, legacy, meta, modern, raw, sane, send } from './wire.mjs';

const url = one.mcp;
const V = 'MCP-Protocol-Version';

function error(res, status, code) {
	assert.equal(res.status, status, res.text);
	assert.equal(res.json?.error?.code, code, res.text);
	assert.notEqual(res.json.id, null);
}

/* --- modern: in the order of the checks -------------------------------------- */

const noMeta = (params) => JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'server/discover', params });
const discover = { [V]: MODERN, 'Mcp-Method': 'server/discover' };

const modernRows = [
	['id is null', { headers: discover, body: `{"jsonrpc":"2.0","id":null,"method":"server/discover","params":{"_meta":${JSON.stringify(meta())}}}` }, 400, -32600],
	['no version header', { headers: { 'Mcp-Method': 'server/discover' }, body: noMeta({ _meta: meta() }) }, 400, -32020],
	['no _meta', { headers: discover, body: noMeta({}) }, 400, -32602],
	['no version in _meta', { headers: discover, body: noMeta({ _meta: { [`${K}clientCapabilities`]: {} } }) }, 400, -32602],
	['no capabilities in _meta', { headers: discover, body: noMeta({ _meta: { [`${K}protocolVersion`]: MODERN } }) }, 400, -32602],
	['header and _meta differ', { headers: discover, body: noMeta({ _meta: meta('v999.0.0') }) }, 400, -32020],
	['unknown version', { headers: { ...discover, [V]: 'v999.0.0' }, body: noMeta({ _meta: meta('v999.0.0') }) }, 400, -32022],
	['legacy version in modern dress', { headers: { ...discover, [V]: '2025-06-18' }, body: noMeta({ _meta: meta('2025-06-18') }) }, 400, -32022],
	['no Mcp-Method', { headers: { [V]: MODERN }, body: noMeta({ _meta: meta() }) }, 400, -32020],
	['wrong Mcp-Method', { headers: { ...discover, 'Mcp-Method': 'tools/list' }, body: noMeta({ _meta: meta() }) }, 400, -32020],
];

for (const [what, request, status, code] of modernRows) {
	test(`modern: ${what}: ${status} ${code}`, async () => {
		const res = await send(url, request);
		error(res, status, code);
		if (!what.startsWith('id'))
			assert.equal(res.json.id, 7);
	});
}

test('modern: an unknown version is told the known ones', async () => {
	const known = (await modern(url, 'server/discover')).json.result.supportedVersions;
	const res = await send(url, modernRows[6][1]);
	assert.equal(res.json.error.data.requested, 'v999.0.0');
	assert.ok(res.json.error.data.supported.length > 0);
	for (const v of res.json.error.data.supported)
		assert.ok(known.includes(v));
});

for (const method of ['initialize', 'ping', 'logging/setLevel', 'resources/subscribe',
	'resources/unsubscribe', 'tasks/list', 'tasks/result', 'unknown/method'])
	test(`modern: ${method} is not here: 404 -32601`, async () => {
		error(await modern(url, method), 404, -32601);
	});

for (const [what, params, headers, status, code] of [
	['no Mcp-Name', { name: 'x__y' }, { 'Mcp-Name': null }, 400, -32020],
	['another Mcp-Name', { name: 'x__y' }, { 'Mcp-Name': 'y' }, 400, -32020],
	['Mcp-Name in bad base64', { name: 'x__y' }, { 'Mcp-Name': '=?base64?eF9feQ?=' }, 400, -32020],
	['unknown tool', { name: 'x__y' }, {}, 200, -32602],
	['unknown tool, name in base64', { name: 'x__y' }, { 'Mcp-Name': '=?base64?eF9feQ==?=' }, 200, -32602],
	['unknown management tool', { name: 'mcpbox_nothing' }, {}, 200, -32602],
	['no name', {}, {}, 200, -32602],
	['arguments are no object', { name: 'x__y', arguments: [1] }, {}, 200, -32602],
	['arguments are null', { name: 'x__y', arguments: null }, {}, 200, -32602],
])
	test(`modern: tools/call, ${what}: ${status} ${code}`, async () => {
		error(await modern(url, 'tools/call', params, headers), status, code);
	});

test('modern: a cursor that is none of ours: -32602', async () => {
	for (const cursor of ['', 'AAAA', 'AQ', 'x'.repeat(9000), 7, null, {}])
		error(await modern(url, 'tools/list', { cursor }), 200, -32602);
});

test('modern: header names in any case, values padded', async () => {
	const res = await send(url, {
		headers: { 'mcp-protocol-version': MODERN, 'MCP-METHOD': '  server/discover  ' },
		body: noMeta({ _meta: meta() }),
	});
	assert.equal(res.status, 200, res.text);
});

test('modern: results say so', async () => {
	for (const [method, params] of [['server/discover', {}], ['tools/list', {}],
		['tools/call', { name: 'mcpbox_list_servers' }]]) {
		const { json } = await modern(url, method, params);
		assert.equal(json.result.resultType, 'complete', method);
		assert.equal(json.result._meta[`${K}serverInfo`].name, 'mcpbox', method);
	}
	const list = (await modern(url, 'tools/list')).json.result;
	assert.ok(Number.isInteger(list.ttlMs) && list.ttlMs >= 0);
	assert.equal(list.cacheScope, 'private');
});

test('modern: the list is the same twice', async () => {
	const [a, b] = [await modern(url, 'tools/list'), await modern(url, 'tools/list')];
	assert.deepEqual(a.json.result, b.json.result);
	const names = a.json.result.tools.map((t) => t.name);
	assert.equal(new Set(names).size, names.length);
});

test('modern: a session id means nothing; notifications are taken; responses are not', async () => {
	assert.equal((await modern(url, 'server/discover', {}, { 'Mcp-Session-Id': 'x' })).status, 200);
	const note = await send(url, { headers: { [V]: MODERN, 'Mcp-Method': 'notifications/cancelled' },
		body: '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}' });
	assert.equal(note.status, 202);
	assert.equal(note.text, '');
	error(await send(url, { headers: { [V]: MODERN }, body: '{"jsonrpc":"2.0","id":1,"result":{}}' }),
		400, -32600);
});

/* --- legacy ------------------------------------------------------------------- */

for (const version of LEGACY) {
	const headers = { [V]: version };

	test(`${version}: initialize, ping, list, call`, async () => {
		const init = await legacy(url, 'initialize', { protocolVersion: version, capabilities: {},
			clientInfo: { name: 't', version: '1' } }, {});
		assert.equal(init.status, 200);
		assert.equal(init.json.result.protocolVersion, version);
		assert.equal(init.json.result.resultType, undefined);
		assert.match(init.headers['mcp-session-id'], /^[\x21-\x7e]{40,}$/);
		assert.deepEqual(init.json.result.capabilities, CAPABILITIES);
		assert.deepEqual((await legacy(url, 'ping', undefined, headers)).json.result, {});
		const { result } = (await legacy(url, 'tools/list', {}, headers)).json;
		assert.deepEqual(Object.keys(result), ['tools']);
		for (const tool of result.tools) {
			assert.equal('title' in tool, version !== '2025-03-26' && 'title' in tool);
			if (version === '2025-03-26')
				assert.equal(tool.outputSchema, undefined);
			else if (tool.outputSchema)
				assert.equal(tool.outputSchema.type, 'object');
		}
		const call = (await legacy(url, 'tools/call', { name: 'mcpbox_list_servers' }, headers)).json.result;
		assert.equal(call.content[0].type, 'text');
		assert.equal(call.resultType, undefined);
		assert.equal(call.structuredContent !== undefined, version !== '2025-03-26');
	});

	test(`${version}: notifications and responses are taken: 202`, async () => {
		for (const body of ['{"jsonrpc":"2.0","method":"notifications/initialized"}',
			'{"jsonrpc":"2.0","id":1,"result":{}}',
			'{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"x"}}']) {
			const res = await send(url, { headers, body });
			assert.equal(res.status, 202, res.text);
			assert.equal(res.text, '');
		}
	});

	test(`${version}: errors are 200; sessions are unknown: 404`, async () => {
		error(await legacy(url, 'no/such', {}, headers), 200, -32601);
		error(await legacy(url, 'server/discover', {}, headers), 200, -32601);
		error(await legacy(url, 'tools/call', { name: 'x__y' }, headers), 200, -32602);
		error(await legacy(url, 'ping', {}, { ...headers, 'Mcp-Session-Id': 'x' }), 404, -32600);
	});
}

test('legacy: a version that nobody knows: 400', async () => {
	for (const version of ['2024-11-05', '1999-01-01', 'x'])
		assert.equal((await legacy(url, 'ping', {}, { [V]: version })).status, 400);
});

test('legacy: initialize of an older or newer revision gets our newest legacy one', async () => {
	for (const version of ['2024-11-05', '2026-07-28', 'nonsense']) {
		const res = await legacy(url, 'initialize', { protocolVersion: version,
			capabilities: {}, clientInfo: { name: 't', version: '1' } }, {});
		assert.equal(res.json.result.protocolVersion, '2025-11-25');
	}
	error(await legacy(url, 'initialize', {}, {}), 200, -32602);
});

test('batches: in 2025-03-26 and nowhere else', async () => {
	const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };
	const list = { jsonrpc: '2.0', id: 'b', method: 'tools/call', params: { name: 'mcpbox_list_servers' } };
	const note = { jsonrpc: '2.0', method: 'notifications/initialized' };
	const two = await send(url, { body: JSON.stringify([ping, note, list]) });
	assert.equal(two.status, 200);
	assert.deepEqual(two.json.map((m) => m.id), [1, 'b']);
	assert.equal((await send(url, { body: JSON.stringify([note]) })).status, 202);
	error(await send(url, { body: '[]' }), 400, -32600);
	for (const version of ['2025-06-18', '2025-11-25', MODERN])
		error(await send(url, { headers: { [V]: version }, body: JSON.stringify([ping]) }), 400, -32600);
});

/* --- HTTP ----------------------------------------------------------------------- */

test('GET, DELETE and others without a session: 405; with an unknown one: 404', async () => {
	for (const method of ['GET', 'DELETE', 'PUT', 'PATCH']) {
		const res = await send(url, { method, headers: { Accept: 'text/event-stream' } });
		assert.equal(res.status, 405, method);
		assert.match(res.headers.allow, /POST/);
	}
	for (const method of ['GET', 'DELETE'])
		assert.equal((await send(url, { method, headers: { 'Mcp-Session-Id': 'x' } })).status, 404);
});

test('a forged Host or Origin: refused, whatever the method', async () => {
	const body = noMeta({ _meta: meta() });
	for (const method of ['POST', 'GET', 'DELETE', 'OPTIONS']) {
		for (const forged of [{ Host: 'evil.example.com' }, { Origin: 'http://evil.example.com' },
			{ Origin: 'null' }, { Host: 'evil.example.com', Origin: 'http://evil.example.com' }]) {
			const res = await send(url, { method, headers: { ...discover, ...forged },
				body: method === 'POST' ? body : '' });
			assert.ok(res.status >= 400 && res.status < 500,
				`${method} ${JSON.stringify(forged)}: ${res.status}`);
		}
	}
	const res = await send(url, { headers: { ...discover, Origin: url.origin }, body });
	assert.equal(res.status, 200);
});

test('Content-Type and Accept', async () => {
	const body = noMeta({ _meta: meta() });
	assert.equal((await send(url, { headers: { ...discover, 'Content-Type': 'text/plain' }, body })).status, 415);
	assert.equal((await send(url, { headers: { ...discover, Accept: 'text/html' }, body })).status, 406);
	assert.equal((await send(url, { headers: { ...discover, Accept: '*/*' }, body })).status, 200);
	assert.equal((await send(url, { headers: { ...discover,
		'Content-Type': 'application/json; charset=utf-8' }, body })).status, 200);
});

/* --- malformed ------------------------------------------------------------------ */

const good = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call',
	params: { name: 'mcpbox_list_servers', arguments: {}, _meta: meta() } });

const malformed = {
	empty: '',
	truncated: good.slice(0, -5),
	'only an opening brace': '{',
	'two objects': `${good}${good}`,
	'not JSON': 'hello',
	'invalid UTF-8': Buffer.from([0x22, 0xff, 0xfe, 0x22]),
	'lone surrogate': '{"jsonrpc":"2.0","id":"\\ud800","method":"ping"}',
	'byte order mark': `\ufeff${good}`,
	'a NUL': '{"jsonrpc":"2.0","id":"\\u0000","method":"ping"}',
	'a key twice': '{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}',
	'deep arrays': '['.repeat(100_000),
	'deep arrays, closed': '['.repeat(50_000) + ']'.repeat(50_000),
	'deep objects': '{"a":'.repeat(50_000),
	'deep arguments': good.replace('"arguments":{}', `"arguments":{"a":${'['.repeat(60)}${']'.repeat(60)}}`),
	'a huge number': '{"jsonrpc":"2.0","id":1e999,"method":"ping"}',
	'a huge integer': `{"jsonrpc":"2.0","id":${'9'.repeat(400)},"method":"ping"}`,
	'method is an object': '{"jsonrpc":"2.0","id":1,"method":{}}',
	'params is a string': '{"jsonrpc":"2.0","id":1,"method":"tools/list","params":"x"}',
	'_meta is a number': '{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":3}}',
	'name is an object': '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":{}}}',
	'unknown members': '{"jsonrpc":"2.0","id":1,"method":"ping","params":{},"more":1}',
	'wrong types for an operation': good.replace('"arguments":{}', '"arguments":{"page":"x","page_size":[],"zzz":1}'),
	'a long name': good.replace('mcpbox_list_servers', `x__${'y'.repeat(100_000)}`),
	'a name with a NUL': good.replace('mcpbox_list_servers', 'x__y\\u0000z'),
	'numbers as names': good.replace('"mcpbox_list_servers"', '12'),
	'1 MB of spaces': ' '.repeat(1_000_000),
	'1 MB string': `{"jsonrpc":"2.0","id":1,"method":"${'m'.repeat(1_000_000)}"}`,
	'2 MB body': `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":"${'y'.repeat(2_000_000)}"}}`,
	'4 MB body': `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":"${'y'.repeat(4_000_000)}"}}`,
	'100,000 members': `{${Array.from({ length: 100_000 }, (_, i) => `"k${i}":1`).join(',')}}`,
	'a batch of batches': '[[[[{"jsonrpc":"2.0","id":1,"method":"ping"}]]]]',
	'a batch of 1,000': `[${Array(1000).fill('{"jsonrpc":"2.0","id":1,"method":"ping"}').join(',')}]`,
	'a string': '"x"',
	'null': 'null',
	'true': 'true',
	'a number': '17',
};

for (const [what, body] of Object.entries(malformed)) {
	test(`malformed: ${what}`, async () => {
		for (const headers of [{}, { [V]: MODERN, 'Mcp-Method': 'tools/call', 'Mcp-Name': 'mcpbox_list_servers' },
			{ [V]: '2025-11-25' }]) {
			let res;
			try {
				res = await send(url, { headers, body });
			} catch (e) {
				/* nginx closes the connection on a body that is too large */
				assert.ok(['EPIPE', 'ECONNRESET'].includes(e.code) && body.length > 2_000_000, `${what}: ${e}`);
				continue;
			}
			sane(res, what);
		}
		assert.equal((await legacy(url, 'ping')).status, 200);
	});
}

const lines = (...headers) => Buffer.from([`POST ${url.pathname} HTTP/1.1`, `Host: ${url.host}`,
	'Connection: close', 'Content-Type: application/json', `Content-Length: ${good.length}`,
	...headers, '', good].join('\r\n'), 'latin1');
const status = (text) => Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]);
const all = [`${V}: ${MODERN}`, 'Mcp-Method: tools/call', 'Mcp-Name: mcpbox_list_servers'];

test('headers that must be single, twice: 400', async () => {
	assert.equal(status(await raw(url, lines(...all))), 200);
	for (const doubled of [`${V}: ${MODERN}`, 'Mcp-Method: tools/call', 'Mcp-Method: tools/list',
		'Mcp-Name: mcpbox_list_servers', 'Mcp-Name: x', `Host: ${url.host}`,
		`Origin: ${url.origin}\r\nOrigin: ${url.origin}`,
		'Authorization: Bearer a\r\nAuthorization: Bearer b',
		'Mcp-Session-Id: a\r\nMcp-Session-Id: b',
		'Mcp-Param-A: 1\r\nMcp-Param-A: 2', 'Mcp-Param-A-B: 1\r\nMcp-Param-A_B: 2'])
		assert.equal(status(await raw(url, lines(...all, doubled))), 400, doubled);
});

test('header values with odd bytes: 400, not 5xx', async () => {
	for (const value of ['\xe4', '\x01', 'a\tb', '=?base64?\xe4?=', '%00', "'; --"])
		assert.equal(status(await raw(url, lines(all[0], all[1], `Mcp-Name: ${value}`))), 400, value);
});

test('a body that is shorter than it says is not answered as if it were whole', async () => {
	const text = await new Promise((resolve, reject) => {
		import('node:net').then(({ connect }) => {
			const socket = connect(Number(url.port), url.hostname);
			let got = '';
			socket.on('data', (c) => { got += c; });
			socket.on('error', reject);
			socket.on('close', () => resolve(got));
			socket.write(lines(...all).subarray(0, -10));
			socket.end();
		}, reject);
	});
	assert.ok(text === '' || status(text) >= 400, text);
	assert.equal((await legacy(url, 'ping')).status, 200);
});
