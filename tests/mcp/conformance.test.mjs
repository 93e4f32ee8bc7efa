/*
 * conformance.test.mjs: the official suite, whole: its frozen requirements of
 * the two newest revisions, scored and not, and all it has for the older ones.
 *
 * Its fixtures are what any author could write: Python, created over the API,
 * approved by a person, run in the sandbox (fixtures/), at the endpoint of
 * their server.  A scenario passes when it checked something, and nothing
 * failed or warned.  What each run found is kept with the other results of the
 * tests, in conformance/.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { makeFixtures } from './fixtures/make.mjs';
import { fresh, one } from './house.mjs';

const run = promisify(execFile);
const PACKAGE = fileURLToPath(new URL(
	'../node_modules/@modelcontextprotocol/conformance/', import.meta.url));
const OUT = path.join(process.env.MCPBOX_TEST_ARTIFACTS ?? os.tmpdir(), 'conformance',
	process.env.MCPBOX_TEST_BUILD ?? 'release');

/* It always skips what it has, and says so. */
const EMPTY = ['tasks-status-notifications'];

const runs = [
	{ name: '2026-07-28', args: ['--requirements', '2026-07-28'], scored: 37, unscored: 13 },
	{ name: '2025-11-25', args: ['--requirements', '2025-11-25'], scored: 30, unscored: 3 },
	{ name: '2025-06-18', args: ['--suite', 'all', '--spec-version', '2025-06-18'] },
	{ name: '2025-03-26', args: ['--suite', 'all', '--spec-version', '2025-03-26'] },
];

let name, server;
/* Two at a time: what runs at 2026-07-28 is waiting for tasks, mostly. */
const ended = {};

async function start({ name: revision, args }) {
	const out = path.join(OUT, revision);
	await rm(out, { recursive: true, force: true });
	await mkdir(out, { recursive: true });
	const said = await run(process.execPath, [path.join(PACKAGE, 'dist/index.js'), 'server',
		'--url', new URL(`/mcp/${name}`, one.mcp).href, ...args, '-o', out],
	{ timeout: 220_000, maxBuffer: 1 << 26 })
		/* it exits 1 on any failure: each is told below */
		.catch((e) => e.code === 1 ? e : Promise.reject(e));
	await writeFile(path.join(out, 'output.txt'), said.stdout + said.stderr);
	return out;
}

before(async () => {
	name = fresh('conf');
	server = await makeFixtures(one, name);
	const [modern, ...legacy] = runs;
	ended[modern.name] = start(modern);
	let last;
	for (const next of legacy)
		last = ended[next.name] = last ? last.then(() => start(next)) : start(next);
	for (const promise of Object.values(ended))
		promise.catch(() => {}); /* the test of that revision tells */
});

after(async () => {
	await Promise.allSettled(Object.values(ended));
	if (server)
		await one.delete(`/api/servers/${server.id}?force=true`);
});

/* {scenario: its checks}, from the folders that the suite writes. */
async function results(out) {
	const found = {};
	for (const dir of await readdir(out)) {
		const [, scenario] = /^server-(.*)-\d{4}-\d\d-\d\dT[-\d]+Z$/.exec(dir) ?? [];
		if (scenario)
			found[scenario] = JSON.parse(await readFile(path.join(out, dir, 'checks.json'), 'utf8'));
	}
	return found;
}

/* The names under `server:`, and those under `not_scored:` with leg: server. */
async function requirements(revision) {
	const text = await readFile(path.join(PACKAGE, 'requirements', `${revision}.yaml`), 'utf8');
	const scored = /^server:\n((?: {2}- .*\n)+)/m.exec(text)[1].trim().split(/\s*-\s+/).filter(Boolean);
	const unscored = [...text.matchAll(/^ {2}- scenario: (\S+)\n {4}leg: server$/gm)].map((m) => m[1]);
	return { scored, unscored };
}

const bad = (checks) => checks.filter((c) => c.status === 'FAILURE' || c.status === 'WARNING')
	.map((c) => `${c.status} ${c.id}: ${c.errorMessage ?? c.description}`);

for (const { name: revision, scored, unscored } of runs) {
	test(`the official suite at ${revision}`, { timeout: 240_000 }, async (t) => {
		const out = await ended[revision];
		const found = await results(out);
		if (scored !== undefined) {
			const want = await requirements(revision);
			assert.equal(want.scored.length, scored);
			assert.equal(want.unscored.length, unscored);
			assert.deepEqual(Object.keys(found).sort(), [...want.scored, ...want.unscored].sort());
		}
		assert.ok(Object.keys(found).length > 0, 'nothing was run');
		for (const [scenario, checks] of Object.entries(found)) {
			await t.test(scenario, () => {
				assert.deepEqual(bad(checks), []);
				if (!EMPTY.includes(scenario))
					assert.ok(checks.some((c) => c.status === 'SUCCESS'), 'nothing was checked');
			});
		}
	});
}
