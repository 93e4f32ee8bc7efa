/*
 * story.mjs: what the house is for, from one end to the other.
 *
 * A model makes a server and a tool that computes something real, tries it,
 * asks for review; a person approves; the model calls it, changes it, is
 * refused, goes back, is refused, and calls it again once that is approved
 * too.  `client` is an official client, of whichever era.
 */
import assert from 'node:assert/strict';

import { eventually, fresh } from './house.mjs';

const CODE = `import csv
import io
import statistics


async def main(text: str, column: str, delimiter: str = ",") -> dict:
    """Statistics of a numeric column of a CSV text.

    Args:
        text: The CSV, with a header line.
        column: Name of the column.
        delimiter: What separates the fields.
    """
    rows = list(csv.DictReader(io.StringIO(text), delimiter=delimiter))
    values = [float(row[column]) for row in rows if row[column]]
    if not values:
        raise ValueError(f"no values in {column}")
    print(f"{len(values)} of {len(rows)} rows")
    return {
        "count": len(values),
        "mean": statistics.fmean(values),
        "median": statistics.median(values),
        "min": min(values),
        "max": max(values),
    }
`;
const CHANGED = CODE.replace('"count": len(values)', '"count": len(values), "sum": sum(values)');

const CSV = 'city,temp\nOslo,3\nRome,18\nCairo,27\nLima,\nPune,24\n';
const WANT = { count: 4, mean: 18, median: 21, min: 3, max: 27 };

const MANAGEMENT = ['list_servers', 'get_server', 'create_server', 'delete_server',
	'start_server', 'stop_server', 'list_tools', 'get_tool', 'create_tool', 'update_tool',
	'delete_tool', 'validate_code', 'test_code', 'request_publish', 'get_tool_status',
	'list_tool_versions', 'rollback_tool'].map((n) => `mcpbox_${n}`);

function text(result) {
	return result.content.map((block) => block.text).join('\n');
}

export async function story(house, client, { killSandbox = false } = {}) {
	const call = (name, args = {}) => client.callTool({ name, arguments: args });
	const ok = async (name, args) => {
		const result = await call(name, args);
		assert.ok(!result.isError, `${name}: ${text(result)}`);
		return result.structuredContent;
	};
	const refused = async (name, args, sentence) => {
		const result = await call(name, args);
		assert.equal(result.isError, true, `${name} went through: ${text(result)}`);
		assert.equal(result.structuredContent, undefined);
		assert.match(text(result), sentence);
		return result;
	};
	const names = async () => (await client.listTools()).tools.map((t) => t.name);

	/* the management tools are there, described */
	const { tools } = await client.listTools();
	for (const name of MANAGEMENT) {
		const tool = tools.find((t) => t.name === name);
		assert.ok(tool, `${name} is not listed`);
		assert.ok(tool.description && tool.inputSchema.type === 'object');
	}

	/* a server and a draft */
	const serverName = fresh('csv');
	const server = await ok('mcpbox_create_server', { name: serverName, description: 'CSV tools' });
	assert.equal(server.name, serverName);
	assert.equal(server.status, 'stopped');
	await refused('mcpbox_create_server', { name: serverName }, /./);
	await refused('mcpbox_create_server', { name: 'Not A Name', nonsense: 1 }, /name/);

	const checked = await ok('mcpbox_validate_code', { python_code: CODE });
	assert.equal(checked.valid, true);
	assert.deepEqual(checked.parameters.map((p) => p.name), ['text', 'column', 'delimiter']);
	const broken = await ok('mcpbox_validate_code', { python_code: 'async def main(:\n    pass\n' });
	assert.equal(broken.valid, false);
	assert.equal(broken.error.line, 1);

	const tool = await ok('mcpbox_create_tool',
		{ server_id: server.id, name: 'stats', python_code: CODE });
	assert.equal(tool.approval_status, 'draft');
	assert.match(tool.description, /Statistics of a numeric column/);
	const full = `${serverName}__stats`;
	assert.equal(tool.full_name, full);

	/* a trial run of the draft */
	const trial = await ok('mcpbox_test_code',
		{ tool_id: tool.id, arguments: { text: CSV, column: 'temp' } });
	assert.equal(trial.outcome, 'result', JSON.stringify(trial));
	assert.deepEqual(trial.result, WANT);
	assert.match(trial.stdout, /4 of 5 rows/);

	/* not callable: a draft, a pending one, an approved one on a stopped server */
	const args = { text: CSV, column: 'temp' };
	assert.ok(!(await names()).includes(full));
	await refused(full, args, /draft|approv/i);
	await ok('mcpbox_request_publish', { tool_id: tool.id, notes: 'Please.' });
	await refused(full, args, /waiting for approval/);
	await ok('mcpbox_start_server', { server_id: server.id });
	await refused(full, args, /waiting for approval/);
	await ok('mcpbox_stop_server', { server_id: server.id });
	await house.approve(tool.id);
	await refused(full, args, /not running/);
	await ok('mcpbox_start_server', { server_id: server.id });
	assert.equal((await ok('mcpbox_get_tool_status', { tool_id: tool.id })).approval_status,
		'approved');

	/* the call */
	await eventually(`${full} in the list`, async () => (await names()).includes(full), 5);
	const listed = (await client.listTools()).tools.find((t) => t.name === full);
	assert.match(listed.description, /Statistics of a numeric column/);
	assert.deepEqual(listed.inputSchema.required, ['text', 'column']);
	assert.equal(listed.inputSchema.properties.delimiter.default, ',');
	const result = await call(full, args);
	assert.ok(!result.isError, text(result));
	assert.deepEqual(result.structuredContent, WANT);
	assert.deepEqual(JSON.parse(text(result)), WANT);
	assert.match(result._meta['mcpbox/output'], /4 of 5 rows/);

	/* what is wrong with a call, in words */
	await refused(full, { text: CSV }, /\/column: is required/);
	await refused(full, { ...args, column: 7, more: 1 }, /\/column: must be of type string/);
	await refused(full, { text: CSV, column: 'wind' }, /KeyError/);
	const raised = await refused(full, { text: 'temp\n', column: 'temp' },
		/ValueError: no values in temp \(line \d+\)/);
	assert.equal(raised._meta['mcpbox/outcome'], 'tool_error');
	await assert.rejects(call(`${serverName}__nothing`), { code: -32602 });
	await assert.rejects(call('nothing_at_all'), { code: -32602 });

	/* changed: refused until it is approved again */
	const changed = await ok('mcpbox_update_tool',
		{ tool_id: tool.id, python_code: CHANGED, change_summary: 'Sum, too' });
	assert.equal(changed.current_version, 2);
	assert.equal(changed.approval_status, 'pending_review');
	await refused(full, args, /waiting for approval/);
	assert.ok(!(await names()).includes(full));

	/* back to the first: that is a new version, and refused as well */
	const back = await ok('mcpbox_rollback_tool', { tool_id: tool.id, version: 1 });
	assert.equal(back.current_version, 3);
	assert.equal(back.approval_status, 'pending_review');
	await refused(full, args, /waiting for approval/);
	const versions = await ok('mcpbox_list_tool_versions', { tool_id: tool.id });
	assert.equal(versions.total, 3);
	await house.approve(tool.id);
	assert.deepEqual(await ok(full, args), WANT);

	/* sandboxd dies between two calls */
	if (killSandbox && await house.killSandbox()) {
		await eventually('a call after sandboxd died', async () => {
			const again = await call(full, args);
			if (again.isError)
				assert.match(again._meta['mcpbox/outcome'], /^(sandbox_failed|busy)$/);
			return !again.isError;
		});
	}

	/* switched off by a person; stopped; gone */
	await house.patch(`/api/tools/${tool.id}`, { enabled: false });
	await refused(full, args, /switched off/);
	await house.patch(`/api/tools/${tool.id}`, { enabled: true });
	assert.deepEqual(await ok(full, args), WANT);
	await ok('mcpbox_stop_server', { server_id: server.id });
	await refused(full, args, /not running/);
	await refused('mcpbox_stop_server', { server_id: server.id }, /./);
	const deleted = await call('mcpbox_delete_server', { server_id: server.id });
	assert.ok(!deleted.isError, text(deleted));
	await assert.rejects(call(full, args), { code: -32602 });
	await refused('mcpbox_get_server', { server_id: server.id }, /./);
}
