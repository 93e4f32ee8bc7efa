/*
 * wire.mjs: MCP by hand, for what no client would send.
 */
import assert from 'node:assert/strict';
import http from 'node:http';
import net from 'node:net';

export const K = 'io.modelcontextprotocol/';
export const MODERN = '2026-07-28';
export const LEGACY = ['2025-03-26', '2025-06-18', '2025-11-25'];

/* What both eras say that there is. */
export const CAPABILITIES = {
	tools: { listChanged: true }, resources: { listChanged: true, subscribe: true },
	prompts: { listChanged: true }, completions: {}, logging: {},
};

export const meta = (version = MODERN) => ({
	[`${K}protocolVersion`]: version,
	[`${K}clientCapabilities`]: {},
});

/* Answers {status, headers, text, json}; nothing within 20 s is a failure. */
export function send(url, { method = 'POST', headers = {}, body = '' }) {
	return new Promise((resolve, reject) => {
		const req = http.request({
			host: url.hostname, port: url.port, path: url.pathname, method,
			headers: {
				Host: url.host,
				...(method === 'POST' ? {
					'Content-Type': 'application/json',
					Accept: 'application/json, text/event-stream',
				} : {}),
				...(body.length ? { 'Content-Length': Buffer.byteLength(body) } : {}),
				...headers,
			},
			setHost: false,
			agent: false,
		}, (res) => {
			const chunks = [];
			res.on('data', (c) => chunks.push(c));
			res.on('error', reject);
			res.on('end', () => {
				const text = Buffer.concat(chunks).toString('utf8');
				let json;
				try {
					json = JSON.parse(text);
				} catch {
					json = undefined;
				}
				resolve({ status: res.statusCode, headers: res.headers, text, json });
			});
		});
		req.setTimeout(20_000, () => req.destroy(new Error('no answer within 20 s')));
		req.on('error', reject);
		req.end(body);
	});
}

/* Bytes as they are, on a socket of their own; what comes back, as text. */
export function raw(url, bytes) {
	return new Promise((resolve, reject) => {
		const socket = net.connect(Number(url.port), url.hostname);
		const chunks = [];
		socket.setTimeout(20_000, () => socket.destroy(new Error('no answer within 20 s')));
		socket.on('data', (c) => chunks.push(c));
		socket.on('error', (e) => chunks.length ? resolve(Buffer.concat(chunks).toString()) : reject(e));
		socket.on('end', () => resolve(Buffer.concat(chunks).toString()));
		socket.write(bytes);
	});
}

let id = 0;

/* A modern request with its mirrored headers; `headers` wins over them, a
 * null among them leaves one out. */
export function modern(url, method, params = {}, headers = {}) {
	const all = {
		'MCP-Protocol-Version': MODERN,
		'Mcp-Method': method,
		...(params.name !== undefined ? { 'Mcp-Name': String(params.name) } : {}),
		...headers,
	};
	for (const name of Object.keys(all)) {
		if (all[name] === null)
			delete all[name];
	}
	return send(url, {
		headers: all,
		body: JSON.stringify({ jsonrpc: '2.0', id: ++id, method,
			params: { _meta: meta(), ...params } }),
	});
}

export function legacy(url, method, params, headers = { 'MCP-Protocol-Version': '2025-11-25' }) {
	return send(url, {
		headers,
		body: JSON.stringify({ jsonrpc: '2.0', id: ++id, method, params }),
	});
}

/* Every answer to whatever: no 5xx, and JSON-RPC if it is an answer of ours. */
export function sane(res, what) {
	assert.ok(res.status >= 200 && res.status < 500, `${what}: ${res.status} ${res.text}`);
	if (res.json === undefined)
		return;
	for (const one of Array.isArray(res.json) ? res.json : [res.json]) {
		assert.notEqual(one.id, null, `${what}: null id`);
		assert.doesNotMatch(JSON.stringify(one), /postgres|\/home\/|\/work\/|\.c:\d|at 0x/i, what);
	}
}
