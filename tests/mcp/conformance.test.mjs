/*
 * conformance.test.mjs: the official suite, as far as it needs no fixtures.
 *
 * Each scenario runs by name, on the wire it names.  A scenario passes when
 * it checked something and nothing failed or warned but the checks named
 * here: those say themselves that they are not testable without a tool of the
 * suite's own.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readFile, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { fresh, one } from './house.mjs';

const run = promisify(execFile);
const SUITE = fileURLToPath(new URL(
	'../node_modules/@modelcontextprotocol/conformance/dist/index.js', import.meta.url));
const OUT = path.join(process.env.MCPBOX_TEST_ARTIFACTS ?? os.tmpdir(), 'conformance');

const scenarios = [
	['server-initialize', '2025-06-18'],
	['server-initialize', '2025-11-25'],
	['server-session-lifecycle', '2025-03-26'],
	['server-session-lifecycle', '2025-06-18'],
	['server-session-lifecycle', '2025-11-25'],
	['ping', '2025-06-18'],
	['ping', '2025-11-25'],
	['logging-set-level', '2025-06-18'],
	['logging-set-level', '2025-11-25'],
	['tools-list', '2025-06-18'],
	['tools-list', '2025-11-25'],
	['tools-list', '2026-07-28'],
	['dns-rebinding-protection', '2025-11-25'],
	['dns-rebinding-protection', '2026-07-28'],
	['server-sse-multiple-streams', '2025-11-25'],
	['server-sse-multiple-streams', '2026-07-28'],
	['http-header-validation', '2026-07-28'],
	['input-required-result-unsupported-methods', '2026-07-28'],
	['server-stateless', '2026-07-28', [
		'sep-2575-server-rejects-undeclared-capability',
		'sep-2575-missing-capability-http-400',
		'sep-2575-http-server-no-independent-requests-on-stream',
		'sep-2575-server-no-log-without-loglevel',
	]],
];

async function checks(out) {
	const all = [];
	for (const dir of await readdir(out))
		all.push(...JSON.parse(await readFile(path.join(out, dir, 'checks.json'), 'utf8')));
	return all;
}

/*
 * The suite changes the lists by tools of its own.  Until there are such the
 * list changes by itself: a server is stopped and started all the time.
 */
async function changing(work) {
	const server = await one.live(fresh('conf'), { tool: { python_code:
		'async def main() -> int:\n    """One."""\n    return 1\n' } });
	const prompt = await one.post(`/api/servers/${server.id}/prompts`, { name: 'prompt', python_code:
		'async def main():\n    """One."""\n    return "one"\n' });
	await one.approve(prompt.id);
	let done = false;
	const flips = (async () => {
		while (!done) {
			await one.post(`/api/servers/${server.id}/stop`);
			await one.post(`/api/servers/${server.id}/start`);
			await sleep(100);
		}
	})();
	try {
		return await work();
	} finally {
		done = true;
		await flips;
		await one.delete(`/api/servers/${server.id}?force=true`);
	}
}

for (const [scenario, version, untestable = []] of scenarios) {
	test(`${scenario} at ${version}`, { timeout: 60_000 }, async () => {
		const out = path.join(OUT, `${scenario}-${version}`);
		await rm(out, { recursive: true, force: true });
		await mkdir(out, { recursive: true });
		try {
			const suite = () => run(process.execPath, [SUITE, 'server', '--url', one.mcp.href,
				'--scenario', scenario, '--spec-version', version, '-o', out],
			{ timeout: 55_000, maxBuffer: 1 << 24 });
			await (scenario === 'server-stateless' ? changing(suite) : suite());
		} catch (e) {
			/* it exits 1 on any failure, those that we expect among them */
			if (e.code !== 1)
				throw e;
		}
		const done = await checks(out);
		const bad = done.filter((c) => c.status === 'FAILURE' || c.status === 'WARNING');
		const known = bad.filter((c) => untestable.includes(c.id) &&
			/^Not testable/.test(c.errorMessage ?? ''));
		assert.deepEqual(bad.filter((c) => !known.includes(c)), []);
		assert.deepEqual(known.map((c) => c.id).sort(), [...untestable].sort());
		assert.ok(done.some((c) => c.status === 'SUCCESS'), 'nothing was checked');
	});
}
