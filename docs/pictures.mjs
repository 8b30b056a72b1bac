// The head of a report as readers see it: node docs/pictures.mjs REPORT.html PREFIX
// writes PREFIX-light.png, -dark.png, -narrow.png and -print.png. playwright-core is that of tests/browser.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(new URL('../tests/browser/browser.mjs', import.meta.url));
const { chromium } = require('playwright-core');
const [report, prefix] = process.argv.slice(2);
const views = {
  light: { colorScheme: 'light', viewport: { width: 1180, height: 900 } },
  dark: { colorScheme: 'dark', viewport: { width: 1180, height: 900 } },
  narrow: { colorScheme: 'light', viewport: { width: 390, height: 900 } },
  print: { colorScheme: 'light', viewport: { width: 700, height: 990 } },
};

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
});
for (const [name, view] of Object.entries(views)) {
  const page = await (await browser.newContext(view)).newPage();
  await page.goto(pathToFileURL(report).href);
  if (name === 'print') await page.emulateMedia({ media: 'print' });
  await page.waitForTimeout(200);
  await page.screenshot({ path: `${prefix}-${name}.png` });
}
await browser.close();
