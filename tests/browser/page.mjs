// A real Chromium on the real page, with everything that must stay empty
// collected on the way: CSP violations, console errors, failed requests.
import { chromium } from 'playwright-core';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';

const need = (name) => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run this through \`make test\``);
  return value;
};
export const URL_ADMIN = need('MCPBOX_TEST_URL');
export const URL_GATEWAY = need('MCPBOX_TEST_GATEWAY_URL');
export const SETUP_TOKEN = process.env.MCPBOX_TEST_SETUP_TOKEN ?? '';
export const ADMIN = need('MCPBOX_TEST_ADMIN');
export const PASSWORD = need('MCPBOX_TEST_PASSWORD');
const ARTIFACTS = join(process.env.MCPBOX_TEST_ARTIFACTS ?? 'tests/artifacts', 'browser');

export async function openBrowser() {
  mkdirSync(ARTIFACTS, { recursive: true });
  return chromium.launch({
    executablePath: process.env.MCPBOX_TEST_CHROMIUM ?? '/usr/bin/chromium',
    // Tests run as root in containers; the page is our own.
    args: process.getuid() === 0 ? ['--no-sandbox'] : [],
  });
}

export async function openPage(browser, options = {}) {
  const context = await browser.newContext({
    baseURL: URL_ADMIN,
    viewport: { width: 1440, height: 900 },
    reducedMotion: 'reduce',
    ...options,
  });
  const wrong = [];
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (e) => {
      console.error(`CSP ${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber}`);
    });
  });
  const page = await context.newPage();
  page.on('console', (m) => {
    // Chromium reports every 4xx as a console error; those are asserted where
    // they are meant.
    if (m.type() === 'error' && !/Failed to load resource/.test(m.text())) wrong.push(m.text());
  });
  page.on('pageerror', (e) => wrong.push(String(e)));
  page.setDefaultTimeout(15_000);
  return { context, page, wrong };
}

const WIDTHS = [1440, 1024, 375];

/** Pictures in both themes and three widths, axe on each; returns faults. */
export async function inspect(page, name) {
  const faults = [];
  const size = page.viewportSize();
  for (const scheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 });
      await page.waitForLoadState('networkidle');
      await page.screenshot({ path: join(ARTIFACTS, `${name}-${width}-${scheme}.png`) });
      if (width === 1024) continue; // axe sees what the two others show
      const { violations } = await new AxeBuilder({ page })
        .withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'])
        .analyze();
      for (const v of violations)
        faults.push(`${name} ${width} ${scheme}: ${v.id} ${v.nodes.map((n) => n.target).join(' ')}`);
    }
    await page.setViewportSize({ width: 320, height: 800 });
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    if (overflow > 0) faults.push(`${name} 320 ${scheme}: scrolls sideways by ${overflow} px`);
  }
  await page.setViewportSize(size);
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  return faults;
}
