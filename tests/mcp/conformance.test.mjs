/*
 * conformance.test.mjs: the official suite, as far as it needs no fixtures.
 *
 * Each scenario runs by name, on the wire it names; the ones that need tools,
 * resources and prompts of the suite's own come with those.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { one } from './house.mjs';

const run = promisify(execFile);
const SUITE = fileURLToPath(new URL(
	'../node_modules/@modelcontextprotocol/conformance/dist/index.js', import.meta.url));
const OUT = path.join(process.env.MCPBOX_TEST_ARTIFACTS ?? '/tmp', 'conformance');

const scenarios = [
	['server-initialize', '2025-06-18'],
	['server-initialize', '2025-11-25'],
	['server-session-lifecycle', '2025-03-26'],
	['server-session-lifecycle', '2025-11-25'],
	['ping', '2025-06-18'],
	['ping', '2025-11-25'],
	['tools-list', '2025-06-18'],
	['tools-list', '2025-11-25'],
	['tools-list', '2026-07-28'],
	['dns-rebinding-protection', '2025-11-25'],
	['dns-rebinding-protection', '2026-07-28'],
	['server-sse-multiple-streams', '2026-07-28'],
	['http-header-validation', '2026-07-28'],
	['input-required-result-unsupported-methods', '2026-07-28'],
];

for (const [scenario, version] of scenarios) {
	test(`${scenario} at ${version}`, { timeout: 60_000 }, async () => {
		const out = path.join(OUT, `${scenario}-${version}`);
		await mkdir(out, { recursive: true });
		let done;
		try {
			done = await run(process.execPath, [SUITE, 'server', '--url', one.mcp.href,
				'--scenario', scenario, '--spec-version', version, '-o', out],
			{ timeout: 55_000, maxBuffer: 1 << 24 });
		} catch (e) {
			assert.fail(`${e.stdout ?? ''}\n${e.stderr ?? e}`);
		}
		/* exit 0 with nothing checked would be no proof */
		const passed = /(\d+)\s*(?:passed|\/)/.exec(done.stdout);
		assert.ok(passed && Number(passed[1]) > 0, done.stdout);
	});
}
