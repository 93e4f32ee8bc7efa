// The main job with a person in the browser: set up, a model writes a tool
// through the official SDK, the person approves by clicking, the tool runs.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  ADMIN, PASSWORD, SETUP_TOKEN, URL_GATEWAY, inspect, openBrowser, openPage,
} from './page.mjs';

const CODE = `import csv
import io
import statistics

async def main(text: str, column: str) -> dict:
    """Statistics of one column of a CSV text.

    Args:
        text: The CSV, with a header line.
        column: Name of the column.
    """
    values = [float(row[column]) for row in csv.DictReader(io.StringIO(text))]
    return {"count": len(values), "mean": statistics.fmean(values), "max": max(values)}
`;
const CSV = { text: 'city,temp\nOslo,4\nRome,18\nCairo,26\n', column: 'temp' };

let browser, context, page, wrong, model;
const faults = [];
const made = {};

async function tool(name, args) {
  const result = await model.callTool({ name, arguments: args });
  assert.ok(!result.isError, `${name}: ${JSON.stringify(result.content)}`);
  return result.structuredContent;
}

before(async () => {
  browser = await openBrowser();
  ({ context, page, wrong } = await openPage(browser));
  model = new Client({ name: 'story', version: '1.0.0' });
  await model.connect(new StreamableHTTPClientTransport(new URL(`${URL_GATEWAY}/mcp`)));
});

after(async () => {
  await model?.close();
  await browser?.close();
});

test('a person sets the instance up with the one-time token', async () => {
  await page.goto('/');
  await page.waitForURL('**/setup');
  faults.push(...(await inspect(page, 'setup')));
  await page.getByLabel('Setup token').fill('not the token');
  await page.getByLabel('Username').fill(ADMIN);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: /create the account/i }).click();
  await page.getByText(/token/i).first().waitFor();
  assert.match(page.url(), /\/setup$/, 'a wrong token sets nothing up');
  await page.getByLabel('Setup token').fill(SETUP_TOKEN);
  await page.getByRole('button', { name: /create the account/i }).click();
  await page.waitForURL((url) => url.pathname === '/');
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  faults.push(...(await inspect(page, 'home-empty')));
});

test('the session lives in an HttpOnly cookie and nowhere else', async () => {
  const cookies = await context.cookies();
  const session = cookies.find((c) => c.name.endsWith('mcpbox_session'));
  assert.ok(session, JSON.stringify(cookies.map((c) => c.name)));
  assert.equal(session.httpOnly, true);
  assert.equal(session.sameSite, 'Lax');
  const stored = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
  assert.ok(!stored.includes(session.value));
  assert.equal(await page.evaluate(() => document.cookie), '');
});

test('a model writes a tool; it cannot be called before approval', async () => {
  const server = await tool('mcpbox_create_server', { name: 'story' });
  const created = await tool('mcpbox_create_tool', {
    server_id: server.id, name: 'csv_stats', python_code: CODE,
  });
  assert.equal(created.approval_status, 'draft');
  Object.assign(made, { server: server.id, tool: created.id });
  await tool('mcpbox_start_server', { server_id: server.id });
  await tool('mcpbox_request_publish', { tool_id: created.id, notes: 'For the weather report.' });
  const refused = await model.callTool({ name: 'story__csv_stats', arguments: CSV });
  assert.equal(refused.isError, true);
});

test('the queue shows it, the person approves by clicking', async () => {
  await page.goto('/review');
  await page.getByText('csv_stats').first().click();
  await page.waitForURL(/\/review\/.+/);
  await page.getByText('For the weather report.').first().waitFor();
  await page.locator('.cm-content').getByText('fmean').first().waitFor();
  faults.push(...(await inspect(page, 'review')));
  await page.locator('footer[aria-label="Decision"]')
    .getByRole('button', { name: /^Approve v1/ }).click();
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  await dialog.getByRole('button', { name: /^Approve/ }).click();
  await dialog.waitFor({ state: 'hidden' });
});

test('now the call runs, with text and structured result', async () => {
  const result = await model.callTool({ name: 'story__csv_stats', arguments: CSV });
  assert.ok(!result.isError, JSON.stringify(result));
  assert.deepEqual(result.structuredContent, { count: 3, mean: 16, max: 26 });
  assert.deepEqual(JSON.parse(result.content[0].text), result.structuredContent);
});

test('a change is refused until decided; reject needs a reason', async () => {
  const changed = await tool('mcpbox_update_tool', {
    tool_id: made.tool, python_code: CODE.replace('max(values)}', 'max(values), "min": min(values)}'),
  });
  assert.equal(changed.approval_status, 'pending_review');
  const refused = await model.callTool({ name: 'story__csv_stats', arguments: CSV });
  assert.equal(refused.isError, true);

  await page.goto(`/review/${made.tool}`);
  await page.locator('footer[aria-label="Decision"]').getByRole('button', { name: /^Reject/ }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: /^Reject/ }).click();
  assert.ok(await dialog.isVisible(), 'an empty reason does not reject');
  await dialog.getByLabel('Reason').fill('Say why the minimum is needed.');
  await dialog.getByRole('button', { name: /^Reject/ }).click();
  await dialog.waitFor({ state: 'hidden' });
  const status = await tool('mcpbox_get_tool_status', { tool_id: made.tool });
  assert.equal(status.approval_status, 'rejected');
  assert.match(status.rejection_reason, /minimum/);
});

test('a model asks for a host and a secret; the person gives both by clicking', async () => {
  await tool('mcpbox_request_network_access', {
    server_id: made.server, host: 'NAS.lan', port: 8443, justification: 'Reads the weather archive.',
  });
  await tool('mcpbox_create_server_secret', {
    server_id: made.server, key_name: 'ARCHIVE_TOKEN', description: 'From the archive\u2019s settings.',
  });

  await page.goto('/');
  await page.getByRole('link', { name: /1 request for network access/ }).click();
  await page.waitForURL('**/network');
  await page.locator('bdi', { hasText: 'nas.lan:8443' }).waitFor();
  faults.push(...(await inspect(page, 'network')));
  await page.getByRole('button', { name: /^Grant/ }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Grant', exact: true }).click();
  await dialog.getByRole('alert').getByText(/private network/).waitFor();
  await dialog.getByRole('checkbox').check();
  await dialog.getByRole('button', { name: 'Grant', exact: true }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page.getByText('No request for network access waits.').waitFor();

  await page.goto(`/servers/${made.server}/secrets`);
  await page.getByText('no value yet').waitFor();
  faults.push(...(await inspect(page, 'secrets')));
  await page.getByRole('button', { name: /^Set value/ }).click();
  await dialog.getByLabel('Value', { exact: true }).fill('s3cr3t-canary');
  await dialog.getByRole('button', { name: 'Set', exact: true }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page.getByText('Set by').waitFor();
  assert.ok(!(await page.content()).includes('s3cr3t-canary'), 'a value never comes back');
});

test('every other page in both themes and three widths', async () => {
  for (const [name, path] of [
    ['home', '/'], ['servers', '/servers'], ['server', `/servers/${made.server}`],
    ['server-network', `/servers/${made.server}/network`],
    ['tool', `/servers/${made.server}/tools/${made.tool}`],
    ['versions', `/servers/${made.server}/tools/${made.tool}/versions`],
    ['run', `/servers/${made.server}/tools/${made.tool}/run`],
    ['account', '/settings/account'], ['not-found', '/no-such-page'],
  ]) {
    await page.goto(path);
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    faults.push(...(await inspect(page, name)));
  }
});

test('signing in and out', async () => {
  await context.clearCookies();
  await page.goto('/servers');
  await page.waitForURL(/\/login/);
  faults.push(...(await inspect(page, 'login')));
  await page.getByLabel('Username').fill(ADMIN);
  await page.getByLabel('Password', { exact: true }).fill('this is not the password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').first().waitFor();
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('**/servers');
});

test('no CSP violation, no console error, no axe finding on the way', () => {
  assert.deepEqual(wrong, []);
  assert.deepEqual(faults, []);
});
