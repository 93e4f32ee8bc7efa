/*
 * pages.test.mjs: more tools than a page holds.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { fresh, one } from './house.mjs';
import { legacy, modern } from './wire.mjs';

const url = one.mcp;
const CODE = 'async def main() -> int:\n    """A number."""\n    return 1\n';
const PAGE = 100;

async function walk(page) {
	const pages = [];
	let cursor;
	do {
		const { result } = (await page(cursor)).json;
		pages.push(result);
		cursor = result.nextCursor;
	} while (cursor !== undefined && pages.length < 50);
	return pages;
}

test('every tool once, in order, page by page; a cursor that was touched is refused',
	{ timeout: 180_000 }, async () => {
		const server = fresh('many');
		const names = Array.from({ length: 2 * PAGE }, (_, i) => `t${String(i).padStart(3, '0')}`);
		await one.live(server, Object.fromEntries(names.map((n) => [n, { python_code: CODE }])));

		for (const page of [
			(cursor) => modern(url, 'tools/list', cursor === undefined ? {} : { cursor }),
			(cursor) => legacy(url, 'tools/list', cursor === undefined ? {} : { cursor }),
		]) {
			const pages = await walk(page);
			assert.ok(pages.length >= 2);
			for (const p of pages.slice(0, -1))
				assert.equal(p.tools.length, PAGE);
			const all = pages.flatMap((p) => p.tools.map((t) => t.name));
			assert.equal(new Set(all).size, all.length);
			const users = all.filter((n) => !n.startsWith('mcpbox_'));
			assert.deepEqual(users, users.toSorted());
			assert.deepEqual(users.filter((n) => n.startsWith(`${server}__`)),
				names.map((n) => `${server}__${n}`));
			const cursor = pages[0].nextCursor;
			for (const bad of [cursor.slice(1), `${cursor}A`, cursor.replace(/.$/, (c) => c === 'A' ? 'B' : 'A')])
				assert.equal((await page(bad)).json.error?.code, -32602);
		}

		/* out of the list again, so that no other test meets them */
		const { result } = (await modern(url, 'tools/call',
			{ name: 'mcpbox_list_servers', arguments: { search: server } })).json;
		await modern(url, 'tools/call',
			{ name: 'mcpbox_stop_server', arguments: { server_id: result.structuredContent.items[0].id } });
		assert.equal((await walk((cursor) => modern(url, 'tools/list', cursor ? { cursor } : {})))
			.flatMap((p) => p.tools).filter((t) => t.name.startsWith(server)).length, 0);
	});
