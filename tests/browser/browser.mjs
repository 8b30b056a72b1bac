// Opens a page in Chromium and prints one JSON object: what it ran, asked for, logged, and what axe found.
//   node browser.mjs PAGE.html light|dark|narrow|noscript [print.pdf]
// playwright-core and axe-core are found beside this file or through NODE_PATH.
import { createRequire } from 'node:module';
import fs from 'node:fs';
import { pathToFileURL } from 'node:url';

const require = createRequire(import.meta.url);
const { chromium } = require('playwright-core');
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const [file, view, pdf] = process.argv.slice(2);
const views = {
  light: { colorScheme: 'light', viewport: { width: 1400, height: 900 } },
  dark: { colorScheme: 'dark', viewport: { width: 1400, height: 900 } },
  narrow: { colorScheme: 'light', viewport: { width: 390, height: 844 } },
  noscript: { javaScriptEnabled: false, viewport: { width: 1400, height: 900 } },
};

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-sync'],
});
const found = { requests: [], console: [], dialogs: 0 };
const watch = page => {
  page.on('request', request => { if (!/^file:/.test(request.url())) found.requests.push(request.url()); });
  page.on('console', message => found.console.push(message.text()));
  page.on('pageerror', error => found.console.push(String(error)));
  page.on('dialog', dialog => { found.dialogs += 1; dialog.dismiss(); });
};

const page = await (await browser.newContext(views[view])).newPage();
watch(page);
await page.goto(pathToFileURL(file).href);
await page.waitForTimeout(300);
if (view !== 'noscript') {
  Object.assign(found, await page.evaluate(() => ({
    ran: window.__ran ?? null,
    overflow: Math.max(0, document.documentElement.scrollWidth - innerWidth),
    images: document.images.length,
  })));
  if (await page.locator('#explore').count()) {
    const explore = async () => page.evaluate(() => ({
      at: document.querySelector('#threshold').value,
      check: document.querySelector('#explore-check').textContent,
      offered: !document.querySelector('.slider').hidden,
      rows: [...document.querySelectorAll('#explore tr[data-slice]')].map(row => row.innerText.split(/\s*\t\s*|\n/)
        .map(one => one.trim()).filter(Boolean)),
    }));
    found.explored = [await explore()];
    if (found.explored[0].offered) {
      await page.locator('#threshold').focus();
      for (let step = 0; step < 9; step += 1) await page.keyboard.press('ArrowLeft');
      found.explored.push(await explore());
      await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
      found.explored.push(await explore());
    }
  }
  const audited = await (await browser.newContext({ ...views[view], bypassCSP: true })).newPage();
  await audited.goto(pathToFileURL(file).href);
  await audited.evaluate(() => document.querySelectorAll('details').forEach(one => { one.open = true; }));
  await audited.evaluate(axe);
  const rules = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'];
  const report = await audited.evaluate(only => axe.run(document, { runOnly: only }), rules);
  found.axe = report.violations.map(one => `${one.id} x${one.nodes.length}: ${one.nodes[0].html.slice(0, 120)}`);
  if (pdf) await audited.pdf({ path: pdf, preferCSSPageSize: true, printBackground: true });
} else {
  found.text = await page.locator('main').innerText();
}
await browser.close();
console.log(JSON.stringify(found));
