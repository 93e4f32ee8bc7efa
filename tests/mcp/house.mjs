/*
 * house.mjs: the instances under test, and a person's side of them: the REST
 * API with an admin's token.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

function required(name) {
	const value = process.env[name];
	if (!value)
		throw new Error(`${name} is not set: these tests run against a live instance (make test)`);
	return value.replace(/\/$/, '');
}

/* Waits until `probe` gives something true; never longer than `seconds`. */
export async function eventually(what, probe, seconds = 30) {
	const deadline = Date.now() + seconds * 1000;
	for (;;) {
		const value = await probe();
		if (value)
			return value;
		if (Date.now() > deadline)
			assert.fail(`waited ${seconds} s for ${what}`);
		await sleep(100);
	}
}

export class House {
	constructor(url, gateway, home) {
		this.url = url;
		this.mcp = new URL('/mcp', gateway);
		this.home = home;
		this.token = null;
	}

	async #request(method, path, body) {
		const headers = { Accept: 'application/json' };
		if (body !== undefined)
			headers['Content-Type'] = 'application/json';
		if (this.token)
			headers.Authorization = `Bearer ${this.token}`;
		const ask = () => fetch(this.url + path, {
			method, headers,
			body: body === undefined ? undefined : JSON.stringify(body),
		});
		let res = await ask();
		/* as a script should: slower when told so */
		for (let tries = 0; res.status === 429 && tries < 60; tries++) {
			await res.arrayBuffer();
			await sleep(1000 * Number(res.headers.get('retry-after') ?? 1));
			res = await ask();
		}
		const text = await res.text();
		assert.ok(res.ok, `${method} ${path}: ${res.status} ${text}`);
		return text ? JSON.parse(text) : null;
	}

	async signIn() {
		if (this.token)
			return;
		const pair = await this.#request('POST', '/auth/login', {
			username: required('MCPBOX_TEST_ADMIN'),
			password: required('MCPBOX_TEST_PASSWORD'),
		});
		this.token = pair.access_token;
	}

	/* What a reviewer does: looks, and decides about what was on the screen. */
	async approve(toolId) {
		await this.signIn();
		const seen = await this.#request('GET', `/api/approvals/tools/${toolId}`);
		return this.#request('POST', `/api/approvals/tools/${toolId}/action`, {
			action: 'approve',
			version: seen.current_version,
			digest: seen.digest,
			powers_digest: seen.powers_digest,
		});
	}

	async reject(toolId, reason) {
		await this.signIn();
		const seen = await this.#request('GET', `/api/approvals/tools/${toolId}`);
		return this.#request('POST', `/api/approvals/tools/${toolId}/action`, {
			action: 'reject',
			version: seen.current_version,
			digest: seen.digest,
			powers_digest: seen.powers_digest,
			reason,
		});
	}

	/* A running server whose tools, {name: {python_code, …}}, are approved. */
	async live(name, tools) {
		await this.signIn();
		const server = await this.#request('POST', '/api/servers', { name });
		const left = Object.entries(tools);
		const worker = async () => {
			for (let next = left.shift(); next; next = left.shift())
				await this.#publish(server.id, ...next);
		};
		await Promise.all([worker(), worker(), worker(), worker()]);
		await this.#request('POST', `/api/servers/${server.id}/start`);
		return server;
	}

	async #publish(serverId, name, fields) {
		const tool = await this.#request('POST', `/api/servers/${serverId}/tools`,
			{ name, ...fields });
		await this.#request('POST', `/api/tools/${tool.id}/request-publish`, {});
		await this.approve(tool.id);
	}

	/* sandboxd's own report, asked for as a worker does (lib/wire.h). */
	async sandbox() {
		const header = Buffer.alloc(16);
		header.writeUInt16LE(0xb01d, 0);
		header.writeUInt16LE(3, 2); /* HEALTH */
		const chunks = [];
		const socket = net.connect(`${this.home}/run/sandboxd/sandboxd.sock`);
		socket.end(header);
		for await (const chunk of socket)
			chunks.push(chunk);
		return JSON.parse(Buffer.concat(chunks).subarray(16).toString());
	}

	async get(path) {
		await this.signIn();
		return this.#request('GET', path);
	}

	async post(path, body = {}) {
		await this.signIn();
		return this.#request('POST', path, body);
	}

	async put(path, body) {
		await this.signIn();
		return this.#request('PUT', path, body);
	}

	async delete(path) {
		await this.signIn();
		return this.#request('DELETE', path);
	}

	async patch(path, body) {
		await this.signIn();
		return this.#request('PATCH', path, body);
	}

	/* sandboxd dies; whoever watches over the instance starts it again. */
	async killSandbox() {
		if (!this.home)
			return false;
		const pid = Number(await readFile(`${this.home}/run/sandboxd.pid`, 'utf8'));
		process.kill(pid, 'SIGKILL');
		return true;
	}
}

export const one = new House(required('MCPBOX_TEST_URL'), required('MCPBOX_TEST_GATEWAY_URL'),
	process.env.MCPBOX_TEST_HOME);

export const two = process.env.MCPBOX_TEST_URL_2
	? new House(process.env.MCPBOX_TEST_URL_2, process.env.MCPBOX_TEST_GATEWAY_URL_2, null)
	: null;

/* A name that no other run uses. */
export function fresh(prefix) {
	return `${prefix}_${Date.now().toString(36)}${Math.floor(Math.random() * 1296).toString(36)}`;
}
