// What a browser makes of a page: node benchmarks/report_page.mjs PAGE.html prints one JSON object.
import { createRequire } from 'node:module';
import fs from 'node:fs';
import { pathToFileURL } from 'node:url';

const require = createRequire(new URL('../tests/browser/browser.mjs', import.meta.url));
const { chromium } = require('playwright-core');
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const url = pathToFileURL(process.argv[2]).href;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
});
const times = { load: [], paint: [], long: [] };
const found = { requests: 0, console: 0 };
for (let round = 0; round < 5; round += 1) {
  const page = await (await browser.newContext({ viewport: { width: 1400, height: 900 } })).newPage();
  page.on('request', one => { if (!one.url().startsWith('file:')) found.requests += 1; });
  page.on('console', () => { found.console += 1; });
  await page.addInitScript(() => {
    window.__long = 0;
    new PerformanceObserver(list => list.getEntries().forEach(one => { window.__long += one.duration; }))
      .observe({ type: 'longtask', buffered: true });
  });
  await page.goto(url);
  await page.waitForTimeout(400);
  const seen = await page.evaluate(() => ({
    load: performance.getEntriesByType('navigation')[0].loadEventEnd,
    paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0,
    long: window.__long,
    nodes: document.querySelectorAll('*').length,
  }));
  for (const key of ['load', 'paint', 'long']) times[key].push(seen[key]);
  found.nodes = seen.nodes;
  await page.close();
}
for (const [key, values] of Object.entries(times)) found[key] = values.sort((a, b) => a - b)[2];
const rules = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'];
found.axe = 0;
for (const view of [{ width: 1400, scheme: 'light' }, { width: 1400, scheme: 'dark' }, { width: 390, scheme: 'light' }]) {
  const context = await browser.newContext({
    bypassCSP: true, colorScheme: view.scheme, viewport: { width: view.width, height: 900 },
  });
  const page = await context.newPage();
  await page.goto(url);
  await page.evaluate(() => document.querySelectorAll('details').forEach(one => { one.open = true; }));
  await page.evaluate(axe);
  const report = await page.evaluate(only => axe.run(document, { runOnly: only }), rules);
  found.axe += report.violations.reduce((sum, one) => sum + one.nodes.length, 0);
  if (view.width === 390) {
    found.overflow = await page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - innerWidth));
  }
}
await browser.close();
console.log(JSON.stringify(found));
