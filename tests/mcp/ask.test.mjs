/*
 * ask.test.mjs: tools that ask their client, in both eras: what goes over the
 * wire, what comes back, and what is kept of it.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as OldTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { CreateMessageRequestSchema, ElicitRequestSchema, ListRootsRequestSchema }
	from '@modelcontextprotocol/sdk/types.js';

import { eventually, fresh, one } from './house.mjs';
import { Session, nextId, open } from './stream.mjs';
import { K, MODERN, modern, send } from './wire.mjs';

const url = one.mcp;
const name = fresh('ask');
const full = (tool) => `${name}__${tool}`;
const SECRET = 'correct-horse-battery-staple';
const ALL = { elicitation: { form: {}, url: {} }, sampling: { tools: {} }, roots: {} };

const NAME = `async def main(greeting: str = "Hello") -> str:
    """Greets whoever answers."""
    print("begun")
    who = await mcp.elicit("What is your name?", {"name": str}, key="user_name")
    return f"{greeting}, {who['name']}!" if who else f"Nobody: {who.action}"
`;
const ROUNDS = `async def main() -> dict:
    """Asks twice, and counts how often it began."""
    mcp.state = (mcp.state or 0) + 1
    name = await mcp.elicit("Name?", {"name": str}, key="one")
    colour = await mcp.elicit("Colour?", {"colour": ["red", "green"]}, key="two")
    return {"name": name["name"], "colour": colour["colour"], "begun": mcp.state}
`;
const THREE = `async def main() -> dict:
    """Asks three things at once."""
    a = await mcp.ask({
        "who": mcp.elicit("Who?", {"name": str, "age": {"type": "integer", "default": 30}}),
        "what": mcp.sample("Say something.", 50, system="Be brief."),
        "where": mcp.roots(),
    })
    return {"who": a["who"].content, "what": a["what"].text, "where": a["where"]}
`;
const PAGE = `async def main() -> str:
    """Asks to open a page."""
    return (await mcp.elicit_url("Please sign in.", "https://example.com/sign-in", key="page")).action
`;
const CAREFUL = `async def main() -> str:
    """Asks if it can, and says what became of it."""
    try:
        return (await mcp.sample("Hm?", 5)).text
    except mcp.Unsupported as e:
        return f"unsupported: {sorted(mcp.capabilities)}"
    except mcp.Unanswered as e:
        return f"unanswered: {e}"
`;
const LEAK = `async def main() -> str:
    """Tells too much."""
    mcp.state = secrets["KEY"]
    await mcp.elicit("Is it " + secrets["KEY"] + "?", {"ok": bool}, key="ok")
    return "kept" if mcp.state == secrets["KEY"] else "lost"
`;
const LOOP = `async def main() -> str:
    """Never has enough."""
    n = mcp.state or 0
    while True:
        n += 1
        mcp.state = n
        await mcp.elicit(f"Number {n}?", {"n": int}, key=f"n{n}")
`;

const ABOUT = `async def main(tone: str = "kind"):
    """A prompt that asks what it is about."""
    who = await mcp.elicit("About what?", {"topic": str}, key="about")
    return [tone + " words about " + who.get("topic", "nothing")]
`;
const NOTE = `async def main():
    """A resource that asks for its reader's name."""
    who = await mcp.elicit("Who reads?", {"name": str}, key="reader")
    return "for " + who.get("name", "nobody")
`;
const NOTE_URI = `ask://${name}/note`;

let server;

before(async () => {
	await one.signIn();
	server = await one.live(name, {
		name: { python_code: NAME },
		/* asking takes no time of it */
		brief: { python_code: NAME, timeout_ms: 1000 },
		rounds: { python_code: ROUNDS },
		three: { python_code: THREE },
		page: { python_code: PAGE },
		careful: { python_code: CAREFUL },
		needs: { python_code: CAREFUL, client_capabilities: ['sampling', 'elicitation.url'] },
		loop: { python_code: LOOP },
	});
	await one.post(`/api/servers/${server.id}/secrets`, { key_name: 'KEY' });
	await one.put(`/api/servers/${server.id}/secrets/KEY`, { value: SECRET });
	for (const [path, body] of [
		['tools', { name: 'leak', python_code: LEAK, secret_names: ['KEY'] }],
		['prompts', { name: 'about', python_code: ABOUT }],
		['resources', { name: 'note', python_code: NOTE, uri: NOTE_URI, mime_type: 'text/plain' }],
	]) {
		const { id } = await one.post(`/api/servers/${server.id}/${path}`, body);
		await one.post(`/api/tools/${id}/request-publish`);
		await one.approve(id);
	}
});

after(async () => {
	await one.delete(`/api/servers/${server.id}?force=true`);
});

const accept = (content) => ({ action: 'accept', content });
const said = (text) => ({ role: 'assistant', model: 'm', content: { type: 'text', text } });

/* The runs of a tool, newest first, as the record has them. */
async function runs(tool) {
	return psql(`SELECT outcome, coalesce(result::text, ''), coalesce(error, '')
		FROM run_log WHERE tool_name = '${full(tool)}' ORDER BY created_at DESC`);
}

async function psql(sql, role = 'admin') {
	const home = one.home;
	const password = (await readFile(`${home}/secrets/db-${role}.pw`, 'utf8')).trim();
	return new Promise((resolve, reject) => {
		const child = execFile('psql', ['-XqAt', '-F', '\t', '-v', 'ON_ERROR_STOP=1', '-h', `${home}/run/pg`,
			'-U', `mcpbox_${role}`, 'mcpbox'], { env: { ...process.env, PGPASSWORD: password } },
		(e, out) => e ? reject(e) : resolve(out.split('\n').filter(Boolean).map((l) => l.split('\t'))));
		child.stdin.end(`SET search_path = mcpbox;\n${sql}\n;`);
	});
}

/* --- modern ------------------------------------------------------------------- */

/* One round; the result, or {error} with the status. */
async function round(tool, params = {}, capabilities = ALL) {
	const res = await modern(url, 'tools/call', {
		name: full(tool), arguments: {}, ...params,
		_meta: { [`${K}protocolVersion`]: MODERN, [`${K}clientCapabilities`]: capabilities },
	});
	assert.match(res.headers['content-type'], /^application\/json/);
	return { status: res.status, ...(res.json.result ?? { error: res.json.error }) };
}

function asked(r, ...keys) {
	assert.equal(r.resultType, 'input_required', JSON.stringify(r));
	assert.deepEqual(Object.keys(r.inputRequests), keys);
	assert.equal(typeof r.requestState, 'string');
	assert.match(r.requestState, /^[A-Za-z0-9_-]+$/);
	assert.ok(!('ttlMs' in r) && !('content' in r));
	assert.ok(r._meta[`${K}serverInfo`]);
	return r.requestState;
}

function done(r) {
	assert.equal(r.resultType, 'complete', JSON.stringify(r));
	assert.ok(!r.isError, JSON.stringify(r));
	assert.ok(!('inputRequests' in r) && !('requestState' in r));
	return r.structuredContent ?? r.content[0].text;
}

function refused(r, code, status = 200) {
	assert.equal(r.error?.code, code, JSON.stringify(r));
	assert.equal(r.status, status);
	return r.error;
}

test('modern: a question, and the answer', async () => {
	const r1 = await round('name');
	const requestState = asked(r1, 'user_name');
	assert.deepEqual(r1.inputRequests.user_name, { method: 'elicitation/create', params: {
		message: 'What is your name?',
		requestedSchema: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] } } });
	const inputResponses = { user_name: accept({ name: 'Ada' }) };
	assert.equal(done(await round('name', { requestState, inputResponses })), 'Hello, Ada!');
	/* again, which is no harm */
	assert.equal(done(await round('name', { requestState, inputResponses })), 'Hello, Ada!');
	/* who has no state begins with the answer */
	assert.equal(done(await round('name', { inputResponses: { ...inputResponses, other: { a: 1 }, x: 5 } })),
		'Hello, Ada!');
	for (const action of ['decline', 'cancel'])
		assert.equal(done(await round('name', { requestState, inputResponses: { user_name: { action } } })),
			`Nobody: ${action}`);
});

test('modern: what is no answer is asked again', async () => {
	const requestState = asked(await round('name'), 'user_name');
	for (const answer of [accept({ name: 12345 }), accept({}), accept(undefined), { action: 'maybe' }, {},
		'text', 5, null, []])
		asked(await round('name', { requestState, inputResponses: { user_name: answer } }), 'user_name');
	asked(await round('name', { requestState, inputResponses: { wrong: accept({ name: 'Ada' }) } }), 'user_name');
	asked(await round('name', { requestState, inputResponses: {} }), 'user_name');
	asked(await round('name', { requestState }), 'user_name');
	for (const inputResponses of [null, [], 'x', 5, Object.fromEntries([...Array(65).keys()].map((n) => [n, {}]))])
		refused(await round('name', { requestState, inputResponses }), -32602);
});

test('modern: a state is for its call alone', async () => {
	const state = asked(await round('name'), 'user_name');
	const inputResponses = { user_name: accept({ name: 'Ada' }) };
	const flipped = state.slice(0, 40) + (state[40] === 'A' ? 'B' : 'A') + state.slice(41);
	for (const requestState of [`${state}-TAMPERED`, flipped, state.slice(0, -1), state + 'A', '', 'x',
		'A'.repeat(100_000)]) {
		const error = refused(await round('name', { requestState, inputResponses }), -32602);
		assert.match(error.message, /requestState/);
	}
	for (const requestState of [null, 5, {}, []])
		refused(await round('name', { requestState, inputResponses }), -32602);
	/* other arguments, another tool with the same code */
	refused(await round('name', { requestState: state, inputResponses, arguments: { greeting: 'Hi' } }), -32602);
	refused(await round('brief', { requestState: state, inputResponses }), -32602);
	assert.equal(done(await round('name', { requestState: state, inputResponses })), 'Hello, Ada!');
	/* no tool that asks nothing takes one either */
	refused(await round('careful', { requestState: state }), -32602);
});

test('modern: several rounds; what was answered is not asked again', async () => {
	const r1 = await round('rounds'), first = asked(r1, 'one');
	const r2 = await round('rounds', { requestState: first, inputResponses: { one: accept({ name: 'Ada' }) } });
	const second = asked(r2, 'two');
	assert.notEqual(first, second);
	assert.deepEqual(r2.inputRequests.two.params.requestedSchema.properties.colour,
		{ type: 'string', enum: ['red', 'green'] });
	const r3 = await round('rounds', { requestState: second, inputResponses: { two: accept({ colour: 'blue' }) } });
	const third = asked(r3, 'two');
	assert.notEqual(second, third);
	const r4 = await round('rounds', { requestState: third,
		inputResponses: { two: accept({ colour: 'green' }), one: accept({ name: 'Eve' }) } });
	assert.deepEqual(done(r4), { name: 'Ada', colour: 'green', begun: 4 });
	/* back to an earlier one */
	asked(await round('rounds', { requestState: first, inputResponses: { one: accept({ name: 'Ada' }) } }), 'two');
});

test('modern: three at once, of which one may come later', async () => {
	const r1 = await round('three'), requestState = asked(r1, 'who', 'what', 'where');
	assert.deepEqual(r1.inputRequests.what, { method: 'sampling/createMessage', params: {
		messages: [{ role: 'user', content: { type: 'text', text: 'Say something.' } }],
		maxTokens: 50, systemPrompt: 'Be brief.' } });
	assert.deepEqual(r1.inputRequests.where, { method: 'roots/list', params: {} });
	const r2 = await round('three', { requestState, inputResponses: {
		who: accept({ name: 'Ada' }), where: { roots: [{ uri: 'file:///a', name: 'a' }] } } });
	const r3 = await round('three', { requestState: asked(r2, 'what'), inputResponses: { what: said('Hm.') } });
	assert.deepEqual(done(r3), { who: { name: 'Ada', age: 30 }, what: 'Hm.', where: [{ uri: 'file:///a', name: 'a' }] });
});

test('modern: a page; a client that cannot', async () => {
	const r = await round('page'), requestState = asked(r, 'page');
	assert.deepEqual(r.inputRequests.page, { method: 'elicitation/create', params: {
		mode: 'url', message: 'Please sign in.', url: 'https://example.com/sign-in' } });
	assert.equal(done(await round('page', { requestState, inputResponses: { page: { action: 'accept' } } })), 'accept');
	for (const capabilities of [{}, { elicitation: {} }, { elicitation: { form: {} } }]) {
		const no = await round('page', {}, capabilities);
		assert.equal(no.isError, true);
		assert.match(no.content[0].text, /Unsupported: .*elicitation\.url/);
	}
	/* An empty elicitation means forms. */
	asked(await round('name', {}, { elicitation: {} }), 'user_name');
	assert.equal(done(await round('careful', {}, { elicitation: {} })), "unsupported: ['elicitation']");
	asked(await round('careful', {}, { sampling: {} }), 'sample');
});

test('modern: what a version needs is looked at before it runs', async () => {
	const before = (await runs('needs')).length;
	for (const capabilities of [{}, { sampling: {} }, { sampling: {}, elicitation: {} }, { elicitation: { url: {} } }]) {
		const error = refused(await round('needs', {}, capabilities), -32021, 400);
		assert.deepEqual(error.data, { requiredCapabilities: { sampling: {}, elicitation: { url: {} } } });
	}
	assert.equal((await runs('needs')).length, before);
	asked(await round('needs', {}, { sampling: {}, elicitation: { url: {} } }), 'sample');
});

test('modern: no end of questions is an end', async () => {
	let r = await round('loop');
	for (let n = 1; r.resultType === 'input_required'; n++) {
		assert.ok(n <= 16, `${n} rounds`);
		r = await round('loop', { requestState: asked(r, `n${n}`),
			inputResponses: { [`n${n}`]: accept({ n }) } });
	}
	assert.match(refused(r, -32603).message, /more than 16 times/);
});

test('modern: rounds are runs in the record; secrets are in neither question nor state', async () => {
	const r = await round('leak'), requestState = asked(r, 'ok');
	assert.equal(r.inputRequests.ok.params.message, 'Is it [secret KEY]?');
	assert.doesNotMatch(JSON.stringify(r), new RegExp(SECRET));
	assert.doesNotMatch(Buffer.from(requestState, 'base64url').toString('latin1'), new RegExp(SECRET));
	assert.equal(done(await round('leak', { requestState, inputResponses: { ok: accept({ ok: true }) } })), 'kept');
	const [last, first] = await runs('leak');
	assert.equal(last[0], 'result');
	assert.equal(first[0], 'input_required');
	assert.match(first[1], /\[secret KEY\]/);
	assert.match(first[2], /ok \(elicitation\/create\)/);
	assert.doesNotMatch(JSON.stringify([last, first]), new RegExp(SECRET));
});

test('modern: prompts and resources ask, too', async () => {
	const ask = async (method, params, name) => {
		const res = await modern(url, method, { ...params,
			_meta: { [`${K}protocolVersion`]: MODERN, [`${K}clientCapabilities`]: ALL } }, { 'Mcp-Name': name });
		return { status: res.status, ...(res.json.result ?? { error: res.json.error }) };
	};
	const prompt = { name: full('about'), arguments: { tone: 'dry' } };
	const state = asked(await ask('prompts/get', prompt, prompt.name), 'about');
	const inputResponses = { about: accept({ topic: 'rain' }) };
	const got = await ask('prompts/get', { ...prompt, requestState: state, inputResponses }, prompt.name);
	assert.equal(got.resultType, 'complete', JSON.stringify(got));
	assert.equal(got.messages[0].content.text, 'dry words about rain');
	refused(await ask('prompts/get', { ...prompt, arguments: {}, requestState: state, inputResponses }, prompt.name), -32602);
	const read = { uri: NOTE_URI };
	const mark = asked(await ask('resources/read', read, NOTE_URI), 'reader');
	const note = await ask('resources/read', { ...read, requestState: mark,
		inputResponses: { reader: accept({ name: 'Ada' }) } }, NOTE_URI);
	assert.equal(note.contents[0].text, 'for Ada');
	assert.equal(note.ttlMs, 0);
	/* A state of one method is nothing to another. */
	refused(await ask('resources/read', { ...read, requestState: state, inputResponses }, NOTE_URI), -32602);
	/* Lists never ask. */
	for (const method of ['tools/list', 'prompts/list', 'resources/list', 'resources/templates/list'])
		assert.equal((await ask(method, { inputResponses, requestState: state }, null)).resultType, 'complete');
});

test('a test of a tool brings its answers along', async () => {
	const { id } = await one.post(`/api/servers/${server.id}/tools`, { name: 'draft', python_code: NAME });
	const without = await one.post('/api/tools/test-code', { tool_id: id });
	assert.match(without.error, /Unsupported: there is nobody to ask.*user_name/);
	const withThem = await one.post('/api/tools/test-code', { tool_id: id, answers: { user_name: accept({ name: 'Ada' }) } });
	assert.equal(withThem.result, 'Hello, Ada!');
	assert.equal(withThem.outcome, 'result');
});

/* --- legacy ------------------------------------------------------------------- */

const start = (capabilities = ALL, version) => Session.start(url, { capabilities, version });
const reply = async (s, question, body) => {
	const res = await s.post({ id: question.id, ...body });
	assert.equal(res.status, 202, res.text);
};
/* The answer of a stream: the text of a result. */
async function ended(stream) {
	await stream.end(30);
	assert.ok(stream.answer.result, JSON.stringify(stream.answer));
	assert.ok(!('resultType' in stream.answer.result));
	return stream.answer.result;
}
const text = async (stream) => (await ended(stream)).content[0].text;

test('legacy: the question is on the stream of its call, and takes no time of the tool', async () => {
	for (const version of ['2025-06-18', '2025-11-25']) {
		const s = await start({ elicitation: {} }, version);
		const call = await s.call(full('brief'));
		const question = await call.message('elicitation/create');
		assert.equal(typeof question.id, 'string');
		assert.deepEqual(question.params, { message: 'What is your name?', requestedSchema: {
			type: 'object', properties: { name: { type: 'string' } }, required: ['name'] } });
		await sleep(1300);
		await reply(s, question, { result: accept({ name: 'Ada' }) });
		assert.equal(await text(call), 'Hello, Ada!');
		await s.delete();
	}
	const [last] = await runs('brief');
	assert.equal(last[0], 'result');
});

test('legacy: several at once, in any order; errors', async () => {
	const s = await start();
	const call = await s.call(full('three'));
	const [who, what, where] = [await call.message('elicitation/create'), await call.message('sampling/createMessage'),
		await call.message('roots/list')];
	await reply(s, where, { result: { roots: [] } });
	await reply(s, what, { result: said('Hm.') });
	await reply(s, who, { result: accept({ name: 'Ada', age: 5, more: 1 }) });
	assert.deepEqual((await ended(call)).structuredContent, { who: { name: 'Ada', age: 5 }, what: 'Hm.', where: [] });

	const no = await s.call(full('careful'));
	await reply(s, await no.message('sampling/createMessage'), { error: { code: -1, message: 'User rejected it' } });
	assert.equal(await text(no), 'unanswered: sample: User rejected it');
	await s.delete();
});

test('legacy: what does not fit is asked again, not for ever', async () => {
	const s = await start();
	const call = await s.call(full('name'));
	await reply(s, await call.message('elicitation/create', 0), { result: accept({ name: 5 }) });
	await reply(s, await call.message('elicitation/create', 1), { result: { action: 'accept' } });
	await reply(s, await call.message('elicitation/create', 2), { result: accept({ name: 'Ada' }) });
	assert.equal(await text(call), 'Hello, Ada!');
	const never = await s.call(full('name'));
	for (let n = 0; n < 3; n++)
		await reply(s, await never.message('elicitation/create', n), { result: {} });
	const result = await ended(never);
	assert.equal(result.isError, true);
	assert.match(result.content[0].text, /Unanswered/);
	await s.delete();
});

test('legacy: prompts and resources ask on their streams', async () => {
	const s = await start();
	const prompt = await s.request('prompts/get', { name: full('about'), arguments: {} });
	await reply(s, await prompt.message('elicitation/create'), { result: accept({ topic: 'rain' }) });
	await prompt.end();
	assert.equal(prompt.answer.result.messages[0].content.text, 'kind words about rain');
	const note = await s.request('resources/read', { uri: NOTE_URI });
	await reply(s, await note.message('elicitation/create'), { result: { action: 'cancel' } });
	await note.end();
	assert.equal(note.answer.result.contents[0].text, 'for nobody');
	await s.delete();
});

test('legacy: a page has an id there', async () => {
	const s = await start();
	const call = await s.call(full('page'));
	const question = await call.message('elicitation/create');
	assert.match(question.params.elicitationId, /^[0-9a-f-]{36}$/);
	assert.equal(question.params.mode, 'url');
	await reply(s, question, { result: { action: 'decline' } });
	assert.equal(await text(call), 'decline');
	await s.delete();
});

test('legacy: a client that leaves finds its question, and the rest', async () => {
	const s = await start();
	const call = await s.call(full('name'));
	const question = await call.message('elicitation/create');
	const id = call.events.at(-1).id;
	call.leave();
	await reply(s, question, { result: accept({ name: 'Ada' }) });
	const rest = await s.get({ 'Last-Event-ID': id });
	assert.equal(await text(rest), 'Hello, Ada!');
	await s.delete();
});

test('legacy: who cancels, or whose session ends, leaves nothing behind', async () => {
	const s = await start();
	const id = nextId();
	const call = await s.call(full('name'), {}, undefined, id);
	await call.message('elicitation/create');
	await s.post({ method: 'notifications/cancelled', params: { requestId: id } });
	await call.end();
	assert.equal(call.answer, undefined);
	const other = await s.call(full('name'));
	await other.message('elicitation/create');
	await s.delete();
	await other.end();
	await eventually('no run left', async () => (await one.sandbox()).open_calls === 0);
	assert.equal((await psql('SELECT count(*) FROM mcp_ask', 'gateway'))[0][0], '0');
});

test('legacy: nobody to ask: no capability, no session, no stream', async () => {
	const s = await start({ elicitation: {} });
	assert.equal((await s.result('tools/call', { name: full('careful') })).content[0].text,
		"unsupported: ['elicitation']");
	const needs = await s.result('tools/call', { name: full('needs') });
	assert.equal(needs.isError, true);
	assert.match(needs.content[0].text, /elicitation\.url, sampling/);
	/* it takes no events */
	const plain = await open(url, { headers: s.headers({ Accept: 'application/json' }), body: JSON.stringify({
		jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: full('name') } }) });
	await plain.end();
	assert.match(plain.text, /Unsupported/);
	await s.delete();
	const alone = await send(url, { headers: { 'MCP-Protocol-Version': '2025-11-25' }, body: JSON.stringify({
		jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: full('careful') } }) });
	assert.equal(alone.json.result.content[0].text, 'unsupported: []');
});

test('legacy: answers to what nobody asked change nothing', async () => {
	const s = await start(), other = await start();
	const call = await s.call(full('name'));
	const question = await call.message('elicitation/create');
	await reply(s, { id: 'nothing' }, { result: accept({ name: 'Eve' }) });
	await reply(s, { id: 5 }, { result: accept({ name: 'Eve' }) });
	await reply(other, question, { result: accept({ name: 'Eve' }) });
	await reply(s, question, { result: accept({ name: 'Ada' }) });
	await reply(s, question, { result: accept({ name: 'Eve' }) });
	assert.equal(await text(call), 'Hello, Ada!');
	await s.delete();
	await other.delete();
});

test('legacy: those that wait do not keep others out', async () => {
	const s = await start();
	const calls = await Promise.all([...Array(24).keys()].map(() => s.call(full('name'))));
	const questions = await Promise.all(calls.map((c) => c.message('elicitation/create', 0, 30)));
	assert.ok((await one.sandbox()).queue.away > 0);
	assert.equal(done(await round('careful', {}, {})), 'unsupported: []');
	await Promise.all(questions.map((q, n) => reply(s, q, { result: accept({ name: `n${n}` }) })));
	assert.deepEqual(await Promise.all(calls.map(text)), questions.map((_, n) => `Hello, n${n}!`));
	await s.delete();
});

/* --- the official clients ------------------------------------------------------- */

function answers(client, schemas) {
	client.setRequestHandler(schemas.elicit, async (r) => r.params.mode === 'url'
		? { action: 'accept' } : accept({ name: 'Ada', age: 7, colour: 'red', n: 1 }));
	client.setRequestHandler(schemas.sample, async () => said('Hm.'));
	client.setRequestHandler(schemas.roots, async () => ({ roots: [{ uri: 'file:///a' }] }));
}

async function story(client) {
	const call = (tool) => client.callTool({ name: full(tool), arguments: {} });
	assert.equal((await call('name')).content[0].text, 'Hello, Ada!');
	assert.deepEqual((await call('three')).structuredContent,
		{ who: { name: 'Ada', age: 7 }, what: 'Hm.', where: [{ uri: 'file:///a' }] });
	assert.equal((await call('page')).content[0].text, 'accept');
	const rounds = (await call('rounds')).structuredContent;
	assert.equal(rounds.name, 'Ada');
	assert.equal(rounds.colour, 'red');
	return rounds.begun;
}

test('the new client answers by itself', async () => {
	const client = new Client({ name: 'mcpbox-tests', version: '1.0.0' },
		{ capabilities: ALL, versionNegotiation: { mode: { pin: MODERN } } });
	answers(client, { elicit: 'elicitation/create', sample: 'sampling/createMessage', roots: 'roots/list' });
	await client.connect(new StreamableHTTPClientTransport(url));
	try {
		assert.equal(await story(client), 3);
	} finally {
		await client.close();
	}
});

test('the old client answers by itself', async () => {
	const client = new OldClient({ name: 'mcpbox-tests', version: '1.0.0' }, { capabilities: ALL });
	answers(client, { elicit: ElicitRequestSchema, sample: CreateMessageRequestSchema, roots: ListRootsRequestSchema });
	await client.connect(new OldTransport(url));
	try {
		assert.equal(await story(client), 1);
	} finally {
		await client.close();
	}
});
