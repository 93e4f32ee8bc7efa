/*
 * results.test.mjs: what tools return, raise and run into, as each revision
 * shows it; and what becomes of a run whose client has left.
 */
import assert from 'node:assert/strict';
import http from 'node:http';
import { before, test } from 'node:test';

import { eventually, fresh, one } from './house.mjs';
import { LEGACY, MODERN, legacy, meta, modern } from './wire.mjs';

const url = one.mcp;
const server = fresh('res');
const code = (body, args = '') => `async def main(${args}):\n    """A tool."""\n${
	body.split('\n').map((line) => `    ${line}`).join('\n')}\n`;

const ARRAY = { type: 'array', items: { type: 'integer' } };
const OBJECT = { type: 'object', required: ['n'], properties: { n: { type: 'integer' } },
	additionalProperties: false };

const tools = {
	text: { python_code: code('return "héllo"') },
	object: { python_code: code('return {"a": 0.1, "b": [1, None], "c": {"d": True}}') },
	list: { python_code: code('return [3, 1, 2]') },
	none: { python_code: code('return None') },
	number: { python_code: code('return 0.1') },
	array_out: { python_code: code('return [1, 2]'), output_schema: ARRAY },
	object_out: { python_code: code('return {"n": n}', 'n'), output_schema: OBJECT },
	raises: { python_code: code('raise ValueError("no, \\"this\\" is wrong")') },
	nan: { python_code: code('return float("nan")') },
	large: { python_code: code('return "x" * 3_000_000') },
	memory: { python_code: code('return len("x" * (1 << 33))') },
	forever: { python_code: code('while True:\n    pass'), timeout_ms: 1000 },
	sleeps: { python_code: `import asyncio\n\n\n${code('await asyncio.sleep(seconds)\nreturn seconds', 'seconds: float')}` },
	prints: { python_code: code('print("one")\nprint("zwei ü")\nreturn 1') },
	typed: { python_code: code('return {"n": n, "s": s}', 'n: int, s: str = "x"') },
	slow: { python_code: `import asyncio\n\n\n${code('await asyncio.sleep(5)\nreturn 1')}` },
};

let serverId;

before(async () => {
	serverId = (await one.live(server, tools)).id;
}, { timeout: 60_000 });

const full = (tool) => `${server}__${tool}`;

async function call(tool, args = {}, version = MODERN) {
	const params = { name: full(tool), arguments: args };
	const res = version === MODERN
		? await modern(url, 'tools/call', params)
		: await legacy(url, 'tools/call', params, { 'MCP-Protocol-Version': version });
	assert.equal(res.status, 200, res.text);
	assert.ok(res.json.result, res.text);
	return res.json.result;
}

async function fails(tool, outcome, sentence, args = {}) {
	const result = await call(tool, args);
	assert.equal(result.isError, true, JSON.stringify(result));
	assert.equal(result.structuredContent, undefined);
	assert.equal(result._meta['mcpbox/outcome'], outcome, JSON.stringify(result));
	assert.match(result.content[0].text, sentence);
	assert.doesNotMatch(result.content[0].text, /Traceback|File "|\/usr\//);
}

for (const version of [...LEGACY, MODERN]) {
	const structured = version !== '2025-03-26';

	test(`${version}: values as content`, async () => {
		const text = await call('text', {}, version);
		assert.deepEqual(text.content, [{ type: 'text', text: 'héllo' }]);
		assert.equal(text.structuredContent, undefined);
		assert.equal(text.isError, undefined);
		const value = { a: 0.1, b: [1, null], c: { d: true } };
		const object = await call('object', {}, version);
		assert.deepEqual(JSON.parse(object.content[0].text), value);
		assert.match(object.content[0].text, /0\.1\b/);
		assert.deepEqual(object.structuredContent, structured ? value : undefined);
		for (const [tool, json] of [['list', '[3,1,2]'], ['none', 'null'], ['number', '0.1']]) {
			const result = await call(tool, {}, version);
			assert.deepEqual(JSON.parse(result.content[0].text), JSON.parse(json));
			assert.equal(result.structuredContent, undefined);
		}
	});

	test(`${version}: output schemas`, async () => {
		const params = version === MODERN
			? await modern(url, 'tools/list')
			: await legacy(url, 'tools/list', {}, { 'MCP-Protocol-Version': version });
		const listed = Object.fromEntries(params.json.result.tools.map((t) => [t.name, t]));
		assert.deepEqual(listed[full('object_out')].outputSchema, structured ? OBJECT : undefined);
		assert.deepEqual(listed[full('array_out')].outputSchema, version === MODERN ? ARRAY : undefined);
		assert.deepEqual((await call('array_out', {}, version)).structuredContent,
			version === MODERN ? [1, 2] : undefined);
		assert.deepEqual((await call('object_out', { n: 7 }, version)).structuredContent,
			structured ? { n: 7 } : undefined);
		const wrong = await call('object_out', { n: 'x' }, version);
		assert.equal(wrong.isError, true);
		assert.match(wrong.content[0].text, /output schema:\n- \/n: must be of type integer/);
	});
}

test('arguments are judged field by field, before anything runs', async () => {
	const runs = async () => one.home ? (await one.sandbox()).totals.granted : 0;
	const before = await runs();
	const result = await call('typed', { n: 'x', s: 1, more: true });
	assert.equal(result.isError, true);
	assert.equal(result._meta['mcpbox/reason'], 'invalid');
	assert.match(result.content[0].text, /- \/n: must be of type integer/);
	assert.match(result.content[0].text, /- \/s: must be of type string/);
	assert.match(result.content[0].text, /- \/more: is not known here/);
	assert.match((await call('typed')).content[0].text, /- \/n: is required/);
	assert.equal(await runs(), before);
	assert.deepEqual((await call('typed', { n: 3 })).structuredContent, { n: 3, s: 'x' });
});

test('what is printed comes beside the result', async () => {
	assert.equal((await call('prints'))._meta['mcpbox/output'], 'one\nzwei ü\n');
});

test('a tool that raises', async () => {
	await fails('raises', 'tool_error', /^ValueError: no, "this" is wrong \(line 3\)$/);
});

test('a result that JSON does not have', async () => {
	await fails('nan', 'tool_error', /nan/i);
});

test('a result that is too large', async () => {
	await fails('large', 'output_limit', /./);
});

test('too much memory', async () => {
	await fails('memory', 'memory_limit', /./);
});

test('without an end', { timeout: 30_000 }, async () => {
	const result = await call('forever');
	assert.match(result._meta['mcpbox/outcome'], /^(timeout|cpu_limit)$/);
	assert.equal(result.isError, true);
});

test('waiting calls hold nobody up', { timeout: 60_000 }, async () => {
	const waiting = Array.from({ length: 12 }, () => call('sleeps', { seconds: 3 }));
	const started = performance.now();
	for (let i = 0; i < 5; i++)
		assert.equal((await modern(url, 'tools/list')).status, 200);
	const listed = performance.now() - started;
	const done = await Promise.all(waiting);
	/* 8 request threads: if a call held one, the lists would wait for 3 s */
	assert.ok(listed < 2900, `${listed} ms for five lists`);
	for (const result of done)
		assert.ok(!result.isError || result._meta['mcpbox/outcome'] === 'busy', JSON.stringify(result));
	assert.ok(done.some((result) => !result.isError));
});

/* Sends a call, leaves while it runs, and says how sandboxd counts its end. */
async function leave(tool, version) {
	const params = { name: full(tool), ...(version === MODERN ? { _meta: meta() } : {}) };
	const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params });
	const busy = async () => (await one.sandbox()).zygotes.find((z) => z.server === serverId)?.busy;
	const before = (await one.sandbox()).calls;
	const req = http.request(url, { method: 'POST', agent: false, headers: {
		'Content-Type': 'application/json', Accept: 'application/json, text/event-stream',
		'MCP-Protocol-Version': version, 'Mcp-Method': 'tools/call', 'Mcp-Name': full(tool) } });
	req.on('error', () => {});
	req.end(body);
	await eventually('the run', busy, 20);
	req.destroy();
	await eventually('its end', async () => await busy() === 0, 20);
	const { calls } = await one.sandbox();
	return Object.keys(calls).filter((outcome) => calls[outcome] > before[outcome]);
}

test('a modern client leaves: the run is killed', { timeout: 60_000, skip: !one.home }, async () => {
	assert.deepEqual(await leave('slow', MODERN), ['cancelled']);
});

test('a legacy client leaves: the run goes on', { timeout: 60_000, skip: !one.home }, async () => {
	assert.deepEqual(await leave('slow', '2025-11-25'), ['result']);
});

test('a rejected tool says so', async () => {
	const ok = async (name, args) => {
		const res = await modern(url, 'tools/call', { name, arguments: args });
		assert.ok(!res.json.result.isError, res.text);
		return res.json.result.structuredContent;
	};
	const made = await ok('mcpbox_create_server', { name: fresh('rej') });
	const tool = await ok('mcpbox_create_tool', { server_id: made.id, name: 't', python_code: tools.text.python_code });
	await ok('mcpbox_request_publish', { tool_id: tool.id });
	await one.reject(tool.id, 'It greets nobody.');
	const res = await modern(url, 'tools/call', { name: tool.full_name });
	assert.equal(res.json.result.isError, true);
	assert.equal(res.json.result._meta['mcpbox/reason'], 'rejected');
	assert.match(res.json.result.content[0].text, /was rejected/);
	const status = await ok('mcpbox_get_tool_status', { tool_id: tool.id });
	assert.equal(status.rejection_reason, 'It greets nobody.');
});
