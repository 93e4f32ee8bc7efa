/*
 * streams.test.mjs: answers that become streams, listeners, sessions: what
 * goes over the wire, event by event.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';

import { eventually, fresh, one } from './house.mjs';
import { Session, modernOpen, open } from './stream.mjs';
import { K, LEGACY, MODERN, meta } from './wire.mjs';

const url = one.mcp;
const name = fresh('stream');
const full = (tool) => `${name}__${tool}`;
const fixture = (file) => readFile(new URL(`fixtures/${file}`, import.meta.url), 'utf8');
const LOG = `${K}logLevel`;

const COUNT = `import asyncio

async def main(steps: int = 5, wait: float = 0.1) -> int:
    """Counts, and says so."""
    for n in range(steps):
        mcp.progress(n + 1, steps)
        mcp.log({"step": n + 1})
        await asyncio.sleep(wait)
    return steps
`;
const LEVELS = `async def main() -> str:
    """One message at each level."""
    for level in ("debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"):
        mcp.log("at " + level, level)
    return "said"
`;
const NOISE = `async def main(messages: int, size: int) -> int:
    """Says much."""
    for n in range(messages):
        mcp.log("x" * size)
        mcp.progress(n + 1, messages)
    return messages
`;
const ODD = `async def main() -> dict:
    """Lines, and progress that goes back."""
    mcp.progress(1, 10, "one\\ntwo\\r\\nthree")
    mcp.progress(5)
    mcp.progress(3)
    mcp.progress(5)
    mcp.progress(6.5)
    mcp.log("a\\n\\ndata: b\\n\\n")
    return {"text": "first\\n\\nid: 9\\ndata: second\\n\\n"}
`;

let server, flip;

before(async () => {
	server = await one.live(name, {
		count: { python_code: COUNT, timeout_ms: 60_000 },
		levels: { python_code: LEVELS },
		noise: { python_code: NOISE, timeout_ms: 60_000 },
		odd: { python_code: ODD },
		log: { python_code: await fixture('test_tool_with_logging.py') },
		progress: { python_code: await fixture('test_tool_with_progress.py') },
		quick: { python_code: await fixture('test_logging_tool.py') },
	});
	flip = await one.live(fresh('flip'), { there: { python_code: await fixture('test_logging_tool.py') } });
});

const after_ = (s, id) => s.get({ 'Last-Event-ID': id });
const busy = async () => (await one.sandbox()).zygotes.find((z) => z.server === server.id)?.busy ?? 0;
/* A change of the list of tools that is one. */
const change = async () => {
	await one.post(`/api/servers/${flip.id}/stop`);
	await one.post(`/api/servers/${flip.id}/start`);
};

/* --- modern ------------------------------------------------------------------- */

test('modern: nobody asked to hear anything: plain JSON', async () => {
	for (const tool of ['count', 'levels', 'odd']) {
		const s = await modernOpen(url, 'tools/call', { name: full(tool) });
		await s.end();
		assert.match(s.headers['content-type'], /^application\/json/);
		assert.equal(JSON.parse(s.text).result.resultType, 'complete');
	}
});

test('modern: progress for who gave a token, the same token; nothing else', async () => {
	for (const token of ['a "token"', 17, 0]) {
		const s = await modernOpen(url, 'tools/call', { name: full('count') }, { progressToken: token });
		assert.ok(s.isEvents, s.text);
		assert.equal(s.headers['x-accel-buffering'], 'no');
		assert.match(s.headers['cache-control'], /no-store|no-cache/);
		assert.equal(s.headers['content-length'], undefined);
		await s.end();
		const progress = s.messages('notifications/progress');
		assert.deepEqual(progress.map((p) => p.params), [1, 2, 3, 4, 5].map((n) => (
			{ progressToken: token, progress: n, total: 5 })));
		assert.deepEqual(s.messages('notifications/message'), []);
		assert.equal(s.events.length, 6);
		assert.ok(s.events.every((e) => e.id === undefined && e.retry === undefined));
		assert.deepEqual(s.events.at(-1).json, s.answer);
		assert.equal(s.answer.result.resultType, 'complete');
		assert.equal(s.answer.result._meta[`${K}serverInfo`].name, 'mcpbox');
		assert.deepEqual(s.answer.result.content, [{ type: 'text', text: '5' }]);
	}
});

test('modern: the events come while the tool runs', async () => {
	const s = await modernOpen(url, 'tools/call',
		{ name: full('count'), arguments: { steps: 3, wait: 1 } }, { progressToken: 1 });
	const begun = Date.now();
	await s.message('notifications/progress', 0);
	assert.ok(!s.ended && s.answer === undefined);
	await s.end();
	assert.ok(Date.now() - begun > 1500, 'the first came with the last');
});

test('modern: messages at and above the level that was asked for', async () => {
	const all = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'];
	for (const level of ['debug', 'warning', 'emergency']) {
		const s = await modernOpen(url, 'tools/call', { name: full('levels') }, { [LOG]: level });
		await s.end();
		assert.deepEqual(s.messages('notifications/message').map((m) => m.params),
			all.slice(all.indexOf(level)).map((l) => ({ level: l, data: `at ${l}`, logger: full('levels') })));
		assert.equal(s.answer.result.resultType, 'complete');
	}
	const bad = await modernOpen(url, 'tools/call', { name: full('levels') }, { [LOG]: 'loud' });
	await bad.end();
	assert.equal(JSON.parse(bad.text).error.code, -32602);
});

test('modern: one line an event, whatever a tool says; progress grows', async () => {
	const s = await modernOpen(url, 'tools/call', { name: full('odd') },
		{ progressToken: 't', [LOG]: 'debug' });
	await s.end();
	assert.deepEqual(s.messages('notifications/progress').map((m) => m.params.progress), [1, 5, 6.5]);
	assert.equal(s.messages('notifications/progress')[0].params.message, 'one\ntwo\r\nthree');
	assert.equal(s.messages('notifications/message')[0].params.data, 'a\n\ndata: b\n\n');
	assert.equal(s.answer.result.structuredContent.text, 'first\n\nid: 9\ndata: second\n\n');
	assert.equal(s.events.length, 5);
});

test('modern: who does not accept events gets JSON', async () => {
	const s = await open(url, { headers: { 'MCP-Protocol-Version': MODERN, 'Mcp-Method': 'tools/call',
		'Mcp-Name': full('count'), Accept: 'application/json' },
	body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call',
		params: { name: full('count'), _meta: { ...meta(), progressToken: 1, [LOG]: 'debug' } } }) });
	await s.end();
	assert.match(s.headers['content-type'], /^application\/json/);
	assert.equal(JSON.parse(s.text).result.content[0].text, '5');
});

test('modern: a trial run tells its progress, too', async () => {
	const tool = (await one.get(`/api/servers/${server.id}/tools`)).items.find((t) => t.name === 'count');
	const s = await modernOpen(url, 'tools/call', { name: 'mcpbox_test_code',
		arguments: { tool_id: tool.id, arguments: { steps: 2 } } }, { progressToken: 'trial' });
	await s.end();
	assert.deepEqual(s.messages('notifications/progress').map((m) => m.params.progress), [1, 2]);
	assert.equal(s.answer.result.structuredContent.outcome, 'result');
});

test('modern: leaving a stream kills the run', { skip: !one.home }, async () => {
	const before = (await one.sandbox()).calls;
	const s = await modernOpen(url, 'tools/call',
		{ name: full('count'), arguments: { steps: 600 } }, { progressToken: 1 });
	await s.message('notifications/progress', 1);
	s.leave();
	await eventually('its end', async () => await busy() === 0, 20);
	assert.equal((await one.sandbox()).calls.cancelled, (before.cancelled ?? 0) + 1);
});

test('a reader that does not read loses messages, not the answer', { timeout: 60_000 }, async () => {
	const messages = 900;
	const s = await modernOpen(url, 'tools/call',
		{ name: full('noise'), arguments: { messages, size: 8000 } }, { [LOG]: 'debug', progressToken: 1 });
	s.res.pause();
	await eventually('the end of the run', async () => await busy() === 0, 40);
	s.res.resume();
	await s.end(30);
	assert.equal(s.answer.result.content[0].text, String(messages));
	/* what fits into the sockets between us comes; the worker kept 256 KiB */
	const got = s.messages('notifications/message').length;
	assert.ok(got > 10 && got < messages, `${got} messages`);
	assert.ok(s.messages('notifications/progress').length <= got + 1);
});

/* --- listeners ------------------------------------------------------------------ */

const listen = (notifications, ident) =>
	modernOpen(url, 'subscriptions/listen', { notifications }, {}, ident);
const tagged = (s, id) => s.events.every((e) => e.json.params._meta[`${K}subscriptionId`] === id);

test('listen: acknowledged first, with what is served; each event has the id', async () => {
	for (const id of [1795521000000, 'a/b "c"', -3]) {
		const s = await listen({ toolsListChanged: true, promptsListChanged: true,
			resourcesListChanged: true, resourceSubscriptions: ['test://a'] }, id);
		assert.ok(s.isEvents);
		assert.equal(s.headers['x-accel-buffering'], 'no');
		const ack = await s.message('notifications/subscriptions/acknowledged');
		assert.deepEqual(ack.params.notifications, { toolsListChanged: true, promptsListChanged: true,
			resourcesListChanged: true, resourceSubscriptions: ['test://a'] });
		await change();
		await s.message('notifications/tools/list_changed');
		assert.equal(s.events[0].json.method, 'notifications/subscriptions/acknowledged');
		assert.ok(tagged(s, id), s.text);
		s.leave();
	}
});

test('listen: only what was asked for', async () => {
	const tools = await listen({ toolsListChanged: true });
	const filters = [{}, { promptsListChanged: true }, { toolsListChanged: false }];
	const quiet = await Promise.all(filters.map((filter) => listen(filter)));
	for (const [i, s] of quiet.entries())
		assert.deepEqual((await s.message('notifications/subscriptions/acknowledged')).params.notifications,
			i === 1 ? filters[1] : {});
	await tools.message('notifications/subscriptions/acknowledged');
	for (let i = 0; i < 3; i++) {
		await change();
		await tools.message('notifications/tools/list_changed', i);
	}
	for (const s of quiet)
		assert.equal(s.events.length, 1, s.text);
	for (const s of [tools, ...quiet])
		s.leave();
});

test('listen: every worker hears within 1.5 s, also through the other door', async () => {
	const doors = [url, new URL('/mcp', one.url)];
	const all = await Promise.all(Array.from({ length: 40 }, (_, i) => modernOpen(doors[i % 2],
		'subscriptions/listen', { notifications: { toolsListChanged: true } })));
	for (const s of all)
		await s.message('notifications/subscriptions/acknowledged');
	await one.post(`/api/servers/${flip.id}/stop`);
	const begun = Date.now();
	await Promise.all(all.map((s) => s.message('notifications/tools/list_changed')));
	assert.ok(Date.now() - begun < 1500, `${Date.now() - begun} ms`);
	await one.post(`/api/servers/${flip.id}/start`);
	for (const s of all)
		s.leave();
});

test('listen: a storm of changes is a few events, and the last one is told', async () => {
	const s = await listen({ toolsListChanged: true });
	await s.message('notifications/subscriptions/acknowledged');
	for (let i = 0; i < 20; i++)
		await change();
	await one.post(`/api/servers/${flip.id}/stop`);
	const count = s.messages('notifications/tools/list_changed').length;
	await s.message('notifications/tools/list_changed', count, 1.5);
	assert.ok(s.messages('notifications/tools/list_changed').length < 41);
	await one.post(`/api/servers/${flip.id}/start`);
	s.leave();
});

/* --- sessions ------------------------------------------------------------------- */

for (const version of LEGACY) {
	test(`${version}: a session; its level; its end`, async () => {
		const s = await Session.start(url, { version });
		assert.deepEqual(await s.result('ping'), {});
		assert.ok((await s.result('tools/list')).tools.length > 0);
		let call = await s.call(full('levels'));
		await call.end();
		assert.ok(!call.isEvents, 'nobody asked for messages');
		assert.deepEqual(await s.result('logging/setLevel', { level: 'error' }), {});
		call = await s.call(full('levels'));
		await call.end();
		assert.deepEqual(call.messages('notifications/message').map((m) => m.params.level),
			['error', 'critical', 'alert', 'emergency']);
		assert.equal(call.answer.result.resultType, undefined);
		assert.equal((await s.post({ id: 1, method: 'initialize',
			params: { protocolVersion: version, capabilities: {} } })).status, 400);
		assert.equal(await s.delete(), 204);
		for (const message of [{ id: 1, method: 'ping' }, { method: 'notifications/initialized' },
			{ id: 1, result: {} }])
			assert.equal((await s.post(message)).status, 404);
		const get = await s.get();
		await get.end();
		assert.equal(get.status, 404);
		assert.equal(await s.delete(), 404);
	});

	test(`${version}: priming only where clients know it; ids everywhere`, async () => {
		const s = await Session.start(url, { version });
		const call = await s.call(full('count'), {}, { progressToken: 1 });
		await call.end();
		const primed = version === '2025-11-25';
		const [first] = call.events;
		assert.equal(first.data === '', primed, call.text);
		assert.equal(first.retry !== undefined, primed);
		const ids = call.events.map((e) => e.id);
		assert.ok(ids.every((id) => /^[A-Za-z0-9_-]+$/.test(id)));
		assert.equal(new Set(ids).size, ids.length);
		const get = await s.get();
		assert.ok(get.isEvents);
		await change();
		await get.message('notifications/tools/list_changed');
		assert.equal(get.events[0].data === '', primed);
		get.leave();
		await s.delete();
	});
}

test('a session keeps what was negotiated; batches are of 2025-03-26', async () => {
	const old = await Session.start(url, { version: '2025-03-26' });
	const batch = async (s) => {
		const res = await open(url, { headers: s.headers(), body: JSON.stringify([
			{ jsonrpc: '2.0', id: 1, method: 'ping' }, { jsonrpc: '2.0', id: 2, method: 'ping' }]) });
		await res.end();
		return res;
	};
	assert.equal(JSON.parse((await batch(old)).text).length, 2);
	const new_ = await Session.start(url, { version: '2025-06-18' });
	delete new_.version;
	assert.equal((await batch({ headers: () => ({ 'Mcp-Session-Id': new_.id }) })).status, 400);
	/* no version header: still what the session says */
	const list = await open(url, { headers: { 'Mcp-Session-Id': new_.id },
		body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }) });
	await list.end();
	assert.ok(JSON.parse(list.text).result.tools.some((t) => t.outputSchema));
	for (const version of ['1999-01-01', MODERN]) {
		const res = await old.get({ 'MCP-Protocol-Version': version });
		await res.end();
		assert.equal(res.status, 400);
	}
	const bad = await old.post({ id: 1, method: 'ping' }, { 'MCP-Protocol-Version': '1999-01-01' });
	assert.equal(bad.status, 400);
});

test('without a session: as ever, with progress on request', async () => {
	const s = await open(url, { headers: { 'MCP-Protocol-Version': '2025-06-18' },
		body: JSON.stringify({ jsonrpc: '2.0', id: 5, method: 'tools/call',
			params: { name: full('count'), _meta: { progressToken: 'x' } } }) });
	await s.end();
	assert.equal(s.messages('notifications/progress').length, 5);
	assert.ok(s.events.every((e) => e.id === undefined), 'ids that lead nowhere');
	assert.equal(s.answer.id, 5);
});

/* --- secrets ----------------------------------------------------------------------- */

const TELL = `import asyncio, base64

async def main() -> str:
    """Tells what it should not."""
    s = secrets["KEY"]
    mcp.progress(1, 2, "the key is " + s)
    mcp.log({s: [s, base64.b64encode(s.encode()).decode()], "plain": "clean"})
    mcp.log("x" * 700 + s[:12])
    await asyncio.sleep(0.1)
    return "told"
`;

test('secrets stay inside, whatever is said on the way', async () => {
	const place = await one.live(fresh('tell'), { tell: { python_code: TELL, secret_names: ['KEY'] } });
	const value = `v${Array.from({ length: 8 }, () => Math.random().toString(36).slice(2, 8)).join('')}`;
	const tool = `${place.name}__tell`;
	await one.post(`/api/servers/${place.id}/secrets`, { key_name: 'KEY' });
	await one.put(`/api/servers/${place.id}/secrets/KEY`, { value });
	const s = await Session.start(url);
	await s.result('logging/setLevel', { level: 'debug' });
	const kept = await s.call(tool, {}, { progressToken: 1 });
	const modern = await modernOpen(url, 'tools/call', { name: tool }, { progressToken: 1, [LOG]: 'debug' });
	await Promise.all([kept.end(), modern.end()]);
	const again = await after_(s, kept.events[0].id);
	await again.end();
	for (const stream of [kept, modern, again]) {
		assert.equal(stream.messages('notifications/progress')[0].params.message, 'the key is [secret KEY]');
		const { data } = stream.messages('notifications/message')[0].params;
		assert.deepEqual(Object.keys(data), ['[secret KEY]', 'plain']);
		assert.equal(data['[secret KEY]'][0], '[secret KEY]');
		assert.match(data['[secret KEY]'][1], /^\[secret KEY\]=*$/);
		assert.ok(!stream.text.includes(value.slice(0, 12)), stream.text);
		assert.equal(stream.answer.result.content[0].text, 'told');
	}
	await one.delete(`/api/servers/${place.id}?force=true`);
});

/* --- lost connections ------------------------------------------------------------ */

test('leaving is not cancelling: the rest is fetched from any worker', { timeout: 60_000 }, async () => {
	const s = await Session.start(url);
	const call = await s.call(full('count'), { steps: 20, wait: 0.1 }, { progressToken: 1 });
	await call.message('notifications/progress', 2);
	call.leave();
	const last = call.events.at(-1);
	let got = [...call.messages('notifications/progress')];
	/* comes and goes, each time to whichever worker is there */
	let id = last.id;
	for (let i = 0; i < 3; i++) {
		const part = await after_(s, id);
		assert.ok(part.isEvents, part.text);
		await part.message('notifications/progress', 2);
		got.push(...part.messages('notifications/progress'));
		id = part.events.at(-1).id;
		part.leave();
	}
	const rest = await after_(s, id);
	await rest.end(30);
	got.push(...rest.messages('notifications/progress'));
	assert.deepEqual(got.map((m) => m.params.progress), Array.from({ length: 20 }, (_, n) => n + 1));
	assert.equal(rest.answer.result.content[0].text, '20');
	/* and again, from any point, while it is remembered */
	const again = await after_(s, call.events[0].id);
	await again.end();
	assert.equal(again.messages('notifications/progress').length, 20);
	assert.deepEqual(again.answer, rest.answer);
	const none = await after_(s, rest.events.at(-1).id);
	await none.end();
	assert.deepEqual(none.events, []);
});

test('who follows takes over: the connection before it ends', { timeout: 60_000 }, async () => {
	const s = await Session.start(url);
	const call = await s.call(full('count'), { steps: 30, wait: 0.1 }, { progressToken: 1 });
	await call.message('notifications/progress', 1);
	const second = await after_(s, call.events.at(-1).id);
	await call.end(5);
	assert.equal(call.answer, undefined);
	await second.message('notifications/progress', 1);
	const third = await after_(s, second.events.at(-1).id);
	await second.end(5);
	assert.equal(second.answer, undefined);
	await third.end(20);
	assert.equal(third.answer.result.content[0].text, '30');
});

test('ids of others, and of nothing', async () => {
	const mine = await Session.start(url), other = await Session.start(url);
	const call = await mine.call(full('count'), {}, { progressToken: 1 });
	await call.end();
	for (const [session, id, status] of [[other, call.events[0].id, 400], [mine, 'AAAAAAAAAAAA-1', 400],
		[mine, 'nonsense', 400], [mine, `${call.events[0].id}x`, 400], [mine, '-1', 400]]) {
		const res = await after_(session, id);
		await res.end();
		assert.equal(res.status, status, `${id}: ${res.text}`);
	}
});

test('long silence: heartbeats, and an answer that can be fetched', { timeout: 90_000 }, async () => {
	const s = await Session.start(url);
	const [call, old, modern, idle, get] = await Promise.all([
		s.call(full('count'), { steps: 1, wait: 18 }),
		(await Session.start(url, { version: '2025-06-18' })).call(full('count'), { steps: 1, wait: 18 }),
		modernOpen(url, 'tools/call', { name: full('count'), arguments: { steps: 1, wait: 18 } }),
		listen({ toolsListChanged: true }),
		s.get(),
	]);
	for (const one of [call, old, modern])
		assert.ok(one.isEvents, one.text);
	assert.equal(call.events[0].data, '');
	call.leave();
	await idle.until('a comment', (x) => x.comments > 0, 20);
	await get.until('a comment', (x) => x.comments > 0, 20);
	const rest = await after_(s, call.events[0].id);
	for (const one of [rest, old, modern]) {
		await one.end(20);
		assert.equal(one.answer.result.content[0].text, '1');
	}
	assert.deepEqual(modern.events.map((e) => e.json.result.resultType), ['complete']);
	idle.leave();
	get.leave();
});

/* --- cancelled ------------------------------------------------------------------- */

test('cancelled by notification, wherever it runs', { timeout: 120_000, skip: !one.home }, async () => {
	const s = await Session.start(url);
	/* several, so that call and notification meet different workers */
	for (let i = 0; i < 8; i++) {
		const id = i % 2 ? i : `c${i}`;
		const streaming = i % 4 < 2;
		const before = (await one.sandbox()).calls.cancelled ?? 0;
		const call = s.call(full('count'), { steps: 500 }, streaming ? { progressToken: i } : undefined, id);
		await eventually('the run', async () => await busy() > 0);
		/* not this one: another type, another session */
		await s.post({ method: 'notifications/cancelled', params: { requestId: String(id) + 'x' } });
		if (typeof id === 'number')
			await s.post({ method: 'notifications/cancelled', params: { requestId: String(id) } });
		const stranger = await Session.start(url);
		await stranger.post({ method: 'notifications/cancelled', params: { requestId: id } });
		assert.equal(await busy(), 1);
		const note = await s.post({ method: 'notifications/cancelled', params: { requestId: id, reason: 'enough' } });
		assert.equal(note.status, 202);
		const stream = await call;
		await stream.end();
		assert.equal(stream.answer, undefined, stream.text);
		await eventually('its end', async () => await busy() === 0);
		assert.equal((await one.sandbox()).calls.cancelled, before + 1);
	}
	/* late, unknown, malformed: ignored */
	for (const params of [{ requestId: 'c0' }, { requestId: null }, { requestId: {} }, {}, undefined])
		assert.equal((await s.post({ method: 'notifications/cancelled', params })).status, 202);
	assert.deepEqual(await s.result('ping'), {});
});

test('the end of a session ends its calls and streams', { skip: !one.home }, async () => {
	const s = await Session.start(url);
	const get = await s.get();
	const call = await s.call(full('count'), { steps: 500 }, { progressToken: 1 });
	await call.message('notifications/progress', 1);
	assert.equal(await s.delete(), 204);
	await Promise.all([get.end(), call.end()]);
	assert.equal(call.answer, undefined);
	await eventually('the end of the run', async () => await busy() === 0);
});

/* --- the standalone stream -------------------------------------------------------- */

test('GET: one a session; what comes back takes over and is told', async () => {
	const s = await Session.start(url);
	for (const Accept of ['application/json', 'text/html']) {
		const res = await s.get({ Accept });
		await res.end();
		assert.equal(res.status, 406);
	}
	const first = await s.get();
	await first.until('priming', (x) => x.events.length > 0);
	for (let i = 0; i < 8; i++) {
		const second = await s.get();
		await second.end();
		assert.equal(second.status, 409);
	}
	const back = await after_(s, first.events[0].id);
	assert.equal(back.status, 200);
	await back.message('notifications/tools/list_changed');
	await first.end();
	await change();
	await back.message('notifications/tools/list_changed', 1);
	back.leave();
	/* when it has left, another may come */
	await eventually('room for another', async () => {
		const res = await s.get();
		res.leave();
		return res.status === 200;
	});
	/* never an answer: those go where they were asked for */
	assert.ok(back.events.every((e) => !e.json || e.json.method));
	await s.delete();
});

test('1,000 calls of many sessions, mixed: each gets its own', { timeout: 120_000 }, async () => {
	const sessions = await Promise.all(Array.from({ length: 20 }, () => Session.start(url)));
	let next = 0;
	const worker = async () => {
		while (next < 1000) {
			const n = next++;
			const s = sessions[n % sessions.length];
			if (n % 10) {
				assert.deepEqual(await s.result('ping'), {});
				continue;
			}
			const call = await s.call(full('count'), { steps: 3, wait: 0 }, { progressToken: `t${n}` }, `id${n}`);
			await call.end();
			assert.equal(call.answer.id, `id${n}`);
			const progress = call.messages('notifications/progress');
			assert.ok(progress.length > 0 && progress.every((m) => m.params.progressToken === `t${n}`));
		}
	};
	await Promise.all(Array.from({ length: 16 }, worker));
	await Promise.all(sessions.map((s) => s.delete()));
});

after(async () => {
	for (const id of [server.id, flip.id])
		await one.delete(`/api/servers/${id}?force=true`);
});
