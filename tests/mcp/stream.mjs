/*
 * stream.mjs: answers that come in pieces, read as they come.
 */
import assert from 'node:assert/strict';
import http from 'node:http';

import { MODERN, meta } from './wire.mjs';

/* One open answer: events as {id, data, json, retry}, comments counted. */
export class Stream {
	constructor(req, res) {
		this.req = req;
		this.res = res;
		this.status = res.statusCode;
		this.headers = res.headers;
		this.events = [];
		this.comments = 0;
		this.text = '';
		this.rest = '';
		this.ended = false;
		this.broken = null;
		this.waiting = [];
		res.setEncoding('utf8');
		res.on('data', (chunk) => {
			this.text += chunk;
			this.rest += chunk;
			this.#parse();
			this.#wake();
		});
		res.on('end', () => {
			this.ended = true;
			this.#wake();
		});
		res.on('error', (e) => {
			this.broken = e;
			this.#wake();
		});
	}

	get isEvents() {
		return /^text\/event-stream/.test(this.headers['content-type'] ?? '');
	}

	#parse() {
		if (!this.isEvents)
			return;
		for (let at = this.rest.indexOf('\n\n'); at >= 0; at = this.rest.indexOf('\n\n')) {
			const block = this.rest.slice(0, at);
			this.rest = this.rest.slice(at + 2);
			const event = {};
			for (const line of block.split('\n')) {
				const [, name, value] = /^([a-z]*): ?(.*)$/.exec(line) ?? assert.fail(`odd line: ${line}`);
				if (name === '') {
					this.comments++;
					continue;
				}
				/* each message on one line: there is no second one */
				assert.ok(!(name in event), `${name} twice in ${block}`);
				event[name] = value;
			}
			if (Object.keys(event).length === 0)
				continue;
			if (event.data)
				event.json = JSON.parse(event.data);
			this.events.push(event);
		}
	}

	#wake() {
		for (const wake of this.waiting.splice(0))
			wake();
	}

	/* Waits until probe(this) is true. */
	async until(what, probe, seconds = 15) {
		const deadline = Date.now() + seconds * 1000;
		for (;;) {
			const value = probe(this);
			if (value)
				return value;
			const left = deadline - Date.now();
			if (left <= 0 || this.broken)
				assert.fail(`waited ${seconds} s for ${what}: ${this.broken ?? ''} ${this.text.slice(-2000)}`);
			await new Promise((resolve) => {
				const timer = setTimeout(resolve, left);
				this.waiting.push(() => {
					clearTimeout(timer);
					resolve();
				});
			});
		}
	}

	end(seconds) {
		return this.until('the end', (s) => s.ended, seconds);
	}

	/* The n-th message of a method, from 0. */
	message(method, n = 0, seconds = 15) {
		return this.until(method, (s) => this.messages(method)[n], seconds);
	}

	messages(method) {
		return this.events.filter((e) => e.json?.method === method).map((e) => e.json);
	}

	get answer() {
		return this.events.find((e) => e.json && 'id' in e.json && !('method' in e.json))?.json;
	}

	leave() {
		this.req.destroy();
	}
}

/* Resolves when the head of the answer is there. */
export function open(url, { method = 'POST', headers = {}, body = '' }) {
	return new Promise((resolve, reject) => {
		const req = http.request({
			host: url.hostname, port: url.port, path: url.pathname, method, agent: false,
			headers: {
				...(method === 'POST' ? {
					'Content-Type': 'application/json',
					Accept: 'application/json, text/event-stream',
					'Content-Length': Buffer.byteLength(body),
				} : {}),
				...headers,
			},
		}, (res) => {
			res.on('error', () => {});
			resolve(new Stream(req, res));
		});
		req.setTimeout(60_000, () => req.destroy(new Error('silent for a minute')));
		req.on('error', reject);
		req.end(body);
	});
}

let id = 0;
export const nextId = () => `s${++id}`;

export function modernOpen(url, method, params = {}, more = {}, ident = nextId()) {
	return open(url, {
		headers: {
			'MCP-Protocol-Version': MODERN, 'Mcp-Method': method,
			...(params.name !== undefined ? { 'Mcp-Name': params.name } : {}),
		},
		body: JSON.stringify({ jsonrpc: '2.0', id: ident, method,
			params: { ...params, _meta: { ...meta(), ...more } } }),
	});
}

/* A session of a legacy client, by hand. */
export class Session {
	constructor(url, version, id) {
		this.url = url;
		this.version = version;
		this.id = id;
	}

	static async start(url, { version = '2025-11-25', capabilities = {} } = {}) {
		const res = await open(url, { body: JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'initialize',
			params: { protocolVersion: version, capabilities, clientInfo: { name: 'by hand', version: '1' } } }) });
		await res.end();
		assert.equal(res.status, 200, res.text);
		const session = new Session(url, version, res.headers['mcp-session-id']);
		assert.match(session.id, /^[\x21-\x7e]{20,}$/);
		const note = await session.post({ method: 'notifications/initialized' });
		assert.equal(note.status, 202);
		return session;
	}

	headers(more = {}) {
		return { 'Mcp-Session-Id': this.id,
			...(this.version === '2025-03-26' ? {} : { 'MCP-Protocol-Version': this.version }), ...more };
	}

	/* Any message; whole answers and streams alike come as a Stream. */
	open(message, more) {
		return open(this.url, { headers: this.headers(more),
			body: JSON.stringify({ jsonrpc: '2.0', ...message }) });
	}

	async post(message, more) {
		const res = await this.open(message, more);
		await res.end();
		return { status: res.status, text: res.text, headers: res.headers,
			json: res.isEvents ? res.answer : res.text ? JSON.parse(res.text) : undefined };
	}

	request(method, params, ident = nextId()) {
		return this.open({ id: ident, method, params });
	}

	async result(method, params) {
		const res = await this.post({ id: nextId(), method, params });
		assert.equal(res.status, 200, res.text);
		assert.ok(res.json.result, res.text);
		return res.json.result;
	}

	call(name, args = {}, meta, ident = nextId()) {
		return this.request('tools/call', { name, arguments: args, ...(meta ? { _meta: meta } : {}) }, ident);
	}

	get(more = {}) {
		return open(this.url, { method: 'GET', headers: this.headers({ Accept: 'text/event-stream', ...more }) });
	}

	async delete() {
		const res = await open(this.url, { method: 'DELETE', headers: this.headers() });
		await res.end();
		return res.status;
	}
}
