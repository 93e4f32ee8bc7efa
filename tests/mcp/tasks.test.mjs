/*
 * tasks.test.mjs: the extension io.modelcontextprotocol/tasks, message by
 * message.
 */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { eventually, fresh, one } from './house.mjs';
import { Session, modernOpen } from './stream.mjs';
import { K, legacy, meta, modern } from './wire.mjs';

const TASKS = `${K}tasks`;
const CAPS = { [`${K}clientCapabilities`]: { extensions: { [TASKS]: {} }, elicitation: {} } };
const url = one.mcp;
const name = fresh('task');
const full = (tool) => `${name}__${tool}`;
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)$/;

const TOOLS = {
	slow: ['optional', `import asyncio

async def main(seconds: float = 0.2, label: str = "x") -> dict:
    """Waits in steps, and says so."""
    n = max(1, round(seconds * 10))
    for i in range(n):
        mcp.progress(i + 1, n, f"step {i + 1}")
        await asyncio.sleep(seconds / n)
    return {"label": label}
`],
	failing: ['required', `async def main() -> str:
    """Fails."""
    raise ValueError("job failed")
`],
	big: ['optional', `async def main(n: int) -> dict:
    """Much text."""
    return {"text": "x" * n}
`],
	asks: ['required', `async def main() -> dict:
    """Asks twice under one key, then two things at once."""
    mcp.progress(1, 3)
    name = await mcp.elicit("Who?", {"name": str}, key="who")
    both = await mcp.ask({"a": mcp.elicit("A?", {"n": int}), "b": mcp.roots()})
    return {"name": name.get("name", name.action), "n": both["a"]["n"], "roots": len(both["b"])}
`],
	becomes: ['optional', `async def main(fail: bool = False) -> dict:
    """Asks before it is a task, and after."""
    mcp.state = {"seen": 1}
    first = await mcp.elicit("Before?", {"v": str}, key="before")
    mcp.state = {"seen": 2}
    await mcp.become_task()
    if fail:
        raise mcp.ProtocolError("not like this", 1234)
    second = await mcp.elicit("During?", {"v": str}, key="during")
    return {"first": first["v"], "second": second["v"], "state": mcp.state}
`],
	never: ['optional', `async def main(become: bool = False) -> str:
    """Has no need of a task."""
    if become:
        await mcp.become_task()
    return "at once"
`],
	plain: ['none', `async def main() -> str:
    """No task."""
    return "plain"
`],
};

let server;

before(async () => {
	server = await one.live(name, Object.fromEntries(Object.entries(TOOLS).map(
		([tool, [mode, code]]) => [tool, { python_code: code, task_mode: mode, timeout_ms: 60_000 }])));
});

/* A modern request of a client that knows tasks, unless `caps` says else. */
async function ask(method, params, caps = CAPS) {
	const res = await modern(url, method, { ...params, _meta: { ...meta(), ...caps } },
		params.taskId !== undefined ? { 'Mcp-Name': params.taskId } : {});
	return res;
}

async function call(tool, args = {}, caps = CAPS) {
	const res = await ask('tools/call', { name: full(tool), arguments: args }, caps);
	assert.equal(res.status, 200, res.text);
	return res.json.result;
}

async function get(taskId) {
	const res = await ask('tasks/get', { taskId });
	assert.equal(res.status, 200, res.text);
	assert.equal(res.json.result?.resultType, 'complete', res.text);
	return res.json.result;
}

const done = (taskId, seconds = 15) => eventually(`the end of ${taskId}`, async () => {
	const task = await get(taskId);
	return ['completed', 'failed', 'cancelled'].includes(task.status) ? task : null;
}, seconds);

const busy = async () => (await one.get(`/api/runs?server_id=${server.id}`)).items.length;
const row = async (filter) => (await one.get(`/api/tasks?server_id=${server.id}${filter}`)).items;

test('advertised where it is, and nowhere else', async () => {
	const found = (await ask('server/discover', {}, {})).json.result;
	assert.deepEqual(found.capabilities.extensions, { [TASKS]: {} });
	assert.equal(found.capabilities.tasks, undefined);
	const s = await Session.start(url);
	for (const method of ['tasks/get', 'tasks/result', 'tasks/list', 'tasks/cancel'])
		assert.equal((await s.post({ id: 1, method, params: { taskId: 'x' } })).json.error.code, -32601);
	await s.delete();
	const hello = (await legacy(url, 'initialize', { protocolVersion: '2025-11-25', capabilities: {},
		clientInfo: { name: 'x', version: '1' } })).json.result;
	assert.ok(!('tasks' in hello.capabilities) && !('extensions' in hello.capabilities));
	for (const method of ['tasks/result', 'tasks/list']) {
		const res = await ask(method, {});
		assert.equal(res.status, 404);
		assert.equal(res.json.error.code, -32601);
	}
});

test('a task from its beginning to its end', async () => {
	const made = await call('slow', { seconds: 1, label: 'one' });
	assert.equal(made.resultType, 'task');
	assert.equal(made.status, 'working');
	assert.match(made.taskId, /^[A-Za-z0-9_-]{43}$/);
	assert.match(made.createdAt, ISO);
	assert.match(made.lastUpdatedAt, ISO);
	assert.ok(Number.isInteger(made.ttlMs) && made.ttlMs > 0);
	assert.ok(Number.isInteger(made.pollIntervalMs) && made.pollIntervalMs > 0);
	for (const odd of ['result', 'error', 'inputRequests', 'requestState', 'task', 'ttl', 'pollInterval',
		'content', 'number'])
		assert.ok(!(odd in made), odd);

	/* at once, on whatever worker */
	for (let i = 0; i < 8; i++) {
		const now = await get(made.taskId);
		assert.equal(now.taskId, made.taskId);
		assert.ok(!('requestState' in now));
	}
	await eventually('a message', async () => /^step/.test((await get(made.taskId)).statusMessage ?? ''), 5);
	const end = await done(made.taskId);
	assert.equal(end.status, 'completed');
	assert.deepEqual(end.result.structuredContent, { label: 'one' });
	assert.deepEqual(JSON.parse(end.result.content[0].text), { label: 'one' });
	assert.ok(!end.result.isError);
	assert.equal(end.result._meta['mcpbox/outcome'], 'result');
	assert.ok(!(`${K}related-task` in (end._meta ?? {})));
	assert.ok(end.lastUpdatedAt >= end.createdAt);
	assert.deepEqual(await get(made.taskId), end);
});

test('a tool that fails has completed; what it brought is too large for a task', async () => {
	const failed = await done((await call('failing')).taskId);
	assert.equal(failed.status, 'completed');
	assert.equal(failed.result.isError, true);
	assert.match(failed.result.content[0].text, /ValueError: job failed/);
	const big = await done((await call('big', { n: 700_000 })).taskId);
	assert.equal(big.result.isError, true);
	assert.match(big.result.content[0].text, /larger than 1024 KiB/);
});

const accept = (content) => ({ action: 'accept', content });
const update = (taskId, inputResponses) => ask('tasks/update', { taskId, inputResponses });
const asked = (taskId, ...keys) => eventually(`questions ${keys}`, async () => {
	const task = await get(taskId);
	return task.status === 'input_required' &&
		keys.every((k) => k in task.inputRequests) ? task : null;
}, 10);

test('a task asks, and is answered through any worker', async () => {
	const caps = { [`${K}clientCapabilities`]: { extensions: { [TASKS]: {} }, elicitation: {}, roots: {} } };
	const { taskId } = await call('asks', {}, caps);
	const first = await asked(taskId, 'who');
	assert.equal(first.inputRequests.who.method, 'elicitation/create');
	assert.equal(first.inputRequests.who.params.message, 'Who?');
	assert.ok(!('result' in first) && !('requestState' in first));
	/* not an answer: refused, and still asked */
	for (const odd of [{ who: accept({ name: 7 }) }, { who: 'me' }, { who: { action: 'maybe' } }]) {
		const res = await update(taskId, odd);
		assert.equal(res.json.error.code, -32602, res.text);
		assert.match(res.json.error.message, /who/);
	}
	assert.equal((await update(taskId, { unknown: 1 })).json.result.resultType, 'complete');
	assert.equal((await get(taskId)).status, 'input_required');
	const ack = await update(taskId, { who: accept({ name: 'Ada' }), more: 1 });
	assert.deepEqual(Object.keys(ack.json.result).sort(), ['_meta', 'resultType']);
	/* several at once, one by one */
	await asked(taskId, 'a', 'b');
	await update(taskId, { a: accept({ n: 5 }) });
	const half = await get(taskId);
	assert.deepEqual(Object.keys(half.inputRequests), ['b']);
	await update(taskId, { a: accept({ n: 6 }), b: { roots: [{ uri: 'file:///x' }] } });
	const end = await done(taskId);
	assert.deepEqual(end.result.structuredContent, { name: 'Ada', n: 5, roots: 1 });
	assert.equal((await update(taskId, { a: accept({ n: 7 }) })).json.result.resultType, 'complete');
	/* ended while it waits */
	const second = await call('asks', {}, caps);
	await asked(second.taskId, 'who');
	await ask('tasks/cancel', { taskId: second.taskId });
	const over = await get(second.taskId);
	assert.equal(over.status, 'cancelled');
	assert.ok(!('inputRequests' in over));
	await eventually('the end of the run', async () => await busy() === 0, 5);
});

test('a call is answered with questions first, and becomes a task then', async () => {
	const r1 = await call('becomes');
	assert.equal(r1.resultType, 'input_required');
	assert.deepEqual(Object.keys(r1.inputRequests), ['before']);
	assert.ok(!('taskId' in r1) && typeof r1.requestState === 'string');
	const again = async (args) => (await ask('tools/call', { name: full('becomes'), arguments: args,
		inputResponses: { before: accept({ v: 'one' }) }, requestState: r1.requestState })).json;
	const r2 = (await again({})).result;
	assert.equal(r2.resultType, 'task');
	assert.ok(!('requestState' in r2) && !('inputRequests' in r2));
	await asked(r2.taskId, 'during');
	await update(r2.taskId, { during: accept({ v: 'two' }) });
	assert.deepEqual((await done(r2.taskId)).result.structuredContent,
		{ first: 'one', second: 'two', state: { seen: 2 } });
	/* who knows no tasks is asked round by round */
	const plain = { [`${K}clientCapabilities`]: { elicitation: {} } };
	const p1 = await call('becomes', {}, plain);
	assert.equal(p1.resultType, 'input_required');
	const p2 = (await ask('tools/call', { name: full('becomes'), arguments: {}, requestState: p1.requestState,
		inputResponses: { before: accept({ v: 'one' }) } }, plain)).json.result;
	assert.deepEqual(Object.keys(p2.inputRequests), ['during']);
	/* a call that never becomes one is answered like any other */
	assert.equal((await call('never')).content[0].text, 'at once');
	const became = await call('never', { become: true });
	assert.equal(became.resultType, 'task');
	assert.equal((await done(became.taskId)).result.content[0].text, 'at once');
});

test('a failure of the call itself is none of the tool', async () => {
	const args = { name: full('becomes'), arguments: { fail: true },
		inputResponses: { before: accept({ v: 'one' }) } };
	const made = (await ask('tools/call', args)).json.result;
	const task = await done(made.taskId);
	assert.equal(task.status, 'failed');
	assert.equal(task.error.code, 1234);
	assert.equal(task.error.message, 'not like this');
	assert.equal(task.statusMessage, 'not like this');
	assert.ok(!('result' in task));
	const plain = await ask('tools/call', args, { [`${K}clientCapabilities`]: { elicitation: {} } });
	assert.equal(plain.status, 200);
	assert.deepEqual(plain.json.error, { code: 1234, message: 'not like this' });
});

test('who does not declare tasks gets none', async () => {
	const plain = await call('slow', { seconds: 0 }, {});
	assert.equal(plain.resultType, 'complete');
	assert.deepEqual(plain.structuredContent, { label: 'x' });
	const res = await ask('tools/call', { name: full('failing'), arguments: {} }, {});
	assert.equal(res.status, 400);
	assert.equal(res.json.error.code, -32021);
	assert.deepEqual(res.json.error.data.requiredCapabilities.extensions, { [TASKS]: {} });
	for (const method of ['tasks/get', 'tasks/update', 'tasks/cancel']) {
		const refused = await ask(method, { taskId: 'x', inputResponses: {} }, {});
		assert.equal(refused.status, 400);
		assert.equal(refused.json.error.code, -32021);
	}
	/* a tool that is none, and a hint of another revision */
	assert.equal((await call('plain')).resultType, 'complete');
	const hinted = await ask('tools/call', { name: full('plain'), arguments: {}, task: { ttl: 5 } });
	assert.equal(hinted.json.result.resultType, 'complete');
	/* arguments that do not fit never become a task */
	const odd = await call('big', { n: 'many' });
	assert.equal(odd.resultType, 'complete');
	assert.equal(odd.isError, true);
	/* before 2026-07-28 there are none */
	const old = (await legacy(url, 'tools/call', { name: full('failing'), arguments: {} })).json.result;
	assert.equal(old.isError, true);
	assert.match(old.content[0].text, /as a task/);
});

test('cancelled by its client: the run ends, and stays ended', async () => {
	const { taskId } = await call('slow', { seconds: 50 });
	await eventually('the run', async () => await busy() > 0, 10);
	const ack = await ask('tasks/cancel', { taskId });
	assert.deepEqual(Object.keys(ack.json.result).sort(), ['_meta', 'resultType']);
	assert.equal(ack.json.result.resultType, 'complete');
	const task = await get(taskId);
	assert.equal(task.status, 'cancelled');
	assert.match(task.statusMessage, /client/);
	assert.ok(!('result' in task) && !('error' in task));
	await eventually('the end of the run', async () => await busy() === 0, 5);
	assert.equal((await ask('tasks/cancel', { taskId })).json.result.resultType, 'complete');
	assert.equal((await get(taskId)).status, 'cancelled');
});

test('cancelled by a person, on the record', async () => {
	const { taskId } = await call('slow', { seconds: 50 });
	const [mine] = await row('&status=working');
	assert.equal(mine.tool_name, full('slow'));
	assert.equal(mine.principal, 'local');
	assert.equal(mine.live, true);
	assert.ok(!JSON.stringify(mine).includes(taskId), 'the id is its client\'s');
	const ended = await one.post(`/api/tasks/${mine.task_id}/cancel`);
	assert.equal(ended.status, 'cancelled');
	assert.equal((await get(taskId)).statusMessage, 'A person stopped it.');
	await eventually('the end of the run', async () => await busy() === 0, 5);
	await assert.rejects(one.post(`/api/tasks/${mine.task_id}/cancel`), /409/);
	await assert.rejects(one.post('/api/tasks/999999999/cancel'), /404/);
	assert.ok((await row('&status=cancelled')).length >= 2);
	const [trail] = (await one.get('/api/audit?operation=cancel_task')).items;
	assert.equal(trail.target_id, String(mine.task_id));
	assert.match(trail.actor, /^person:/);
	assert.equal(trail.before.status, 'working');
	assert.equal(trail.after.status, 'cancelled');
	assert.equal((await row(`&tool=${full('plain')}`)).length, 0);
});

test('a revocation ends it, and says so', async () => {
	const made = await one.live(fresh('revoked'), { slow: { python_code: TOOLS.slow[1],
		task_mode: 'optional', timeout_ms: 60_000 } });
	const res = await ask('tools/call', { name: `${made.name}__slow`, arguments: { seconds: 50 } });
	const { taskId } = res.json.result;
	await sleep(100);
	await one.post(`/api/servers/${made.id}/stop`);
	const task = await done(taskId);
	assert.equal(task.status, 'cancelled');
	assert.match(task.statusMessage, /server was stopped/);
	await one.delete(`/api/servers/${made.id}?force=true`);
});

test('no task, or not yours: one answer', async () => {
	for (const taskId of ['x', 'A'.repeat(43), '', 'ä'.repeat(43)]) {
		for (const method of ['tasks/get', 'tasks/cancel', 'tasks/update']) {
			const res = await modern(url, method, { taskId, inputResponses: {},
				_meta: { ...meta(), ...CAPS } }, { 'Mcp-Name': `=?base64?${
				Buffer.from(taskId).toString('base64')}?=` });
			assert.equal(res.status, 200, res.text);
			assert.equal(res.json.error.code, -32602);
			assert.match(res.json.error.message, /no such task/);
		}
	}
	const { taskId } = await call('slow', { seconds: 0 });
	const bad = await modern(url, 'tasks/get', { taskId, _meta: { ...meta(), ...CAPS } },
		{ 'Mcp-Name': 'other' });
	assert.equal(bad.status, 400);
	assert.equal(bad.json.error.code, -32020);
	assert.equal((await ask('tasks/update', { taskId })).json.error.code, -32602);
	const odd = await modern(url, 'tasks/get', { taskId: 7, _meta: { ...meta(), ...CAPS } });
	assert.equal(odd.json.error.code, -32602);
});

/* Open ones would keep this process alive. */
const streams = [];
async function listen(taskIds, caps = CAPS, id = 77) {
	const s = await modernOpen(url, 'subscriptions/listen', { notifications: { taskIds } }, caps, id);
	streams.push(s);
	return s;
}
afterEach(() => {
	for (const s of streams.splice(0))
		s.leave();
});

test('listeners hear of their tasks, all of it, from any worker', async () => {
	const first = await call('slow', { seconds: 1, label: 'heard' });
	const all = [];
	for (let i = 0; i < 4; i++)
		all.push(await listen([first.taskId, 'nobody\'s'], CAPS, 100 + i));
	for (const [i, s] of all.entries()) {
		const ack = await s.message('notifications/subscriptions/acknowledged');
		assert.deepEqual(ack.params.notifications, { taskIds: [first.taskId] });
		const told = await s.until('the end', (x) => x.messages('notifications/tasks')
			.find((n) => n.params.status === 'completed'));
		assert.equal(told.params.taskId, first.taskId);
		assert.equal(told.params._meta[`${K}subscriptionId`], 100 + i);
		assert.deepEqual(told.params.result.structuredContent, { label: 'heard' });
		assert.ok(s.messages('notifications/tasks').every((n) => n.params.taskId === first.taskId));
	}
	/* within 1.5 s of a change */
	const second = await call('slow', { seconds: 50 });
	const s = await listen([second.taskId]);
	await s.message('notifications/tasks');
	const began = Date.now();
	await ask('tasks/cancel', { taskId: second.taskId });
	await s.until('the cancellation', (x) => x.messages('notifications/tasks')
		.some((n) => n.params.status === 'cancelled'));
	assert.ok(Date.now() - began < 5000);
	/* a result larger than what a stream may be behind */
	const third = await call('big', { n: 300_000 });
	const wide = await listen([third.taskId, first.taskId]);
	await wide.until('much', (x) => x.messages('notifications/tasks')
		.find((n) => n.params.result?.structuredContent.text?.length === 300_000));
	const refused = await listen([third.taskId], {});
	assert.equal(refused.status, 400);
	await refused.end();
	assert.equal(JSON.parse(refused.text).error.code, -32021);
});

after(async () => {
	await one.delete(`/api/servers/${server.id}?force=true`);
});
