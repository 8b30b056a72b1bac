// One Chromium for many pages. Every line read is a question, every line written its answer, both JSON:
//   { file, view, context, steps, pdf } -> { found: { requests, console, dialogs, … } } or { error }
// `view` is one of those below, `context` adds to what Playwright makes of it, and `steps` is the body of an async
// function of (page, context, axe) whose value becomes `found.told`. Without steps the page is examined.
// playwright-core and axe-core are found beside this file or through NODE_PATH.
import { createRequire } from 'node:module';
import fs from 'node:fs';
import readline from 'node:readline';
import { pathToFileURL } from 'node:url';

const require = createRequire(import.meta.url);
const { chromium } = require('playwright-core');
const source = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const wide = { width: 1400, height: 900 }, narrow = { width: 390, height: 844 };
const views = {
  light: { colorScheme: 'light', viewport: wide },
  dark: { colorScheme: 'dark', viewport: wide },
  narrow: { colorScheme: 'light', viewport: narrow },
  'narrow-dark': { colorScheme: 'dark', viewport: narrow },
  forced: { colorScheme: 'light', forcedColors: 'active', viewport: wide },
  'forced-dark': { colorScheme: 'dark', forcedColors: 'active', viewport: wide },
  contrast: { colorScheme: 'light', contrast: 'more', viewport: wide },
  noscript: { javaScriptEnabled: false, viewport: wide },
};
const Steps = (async () => {}).constructor;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-sync'],
});

async function open(file, view, context, found) {
  const made = await browser.newContext({ ...views[view], ...context });
  const page = await made.newPage();
  page.on('request', request => { if (!/^file:/.test(request.url())) found.requests.push(request.url()); });
  page.on('console', message => found.console.push(message.text()));
  page.on('pageerror', error => found.console.push(String(error)));
  page.on('dialog', dialog => { found.dialogs += 1; dialog.dismiss(); });
  await page.goto(pathToFileURL(file).href);
  await page.waitForTimeout(150);
  return [page, made];
}

// Violations of WCAG 2.2 AA and of axe's good practice, everything unfolded; `left` are rules that are left out.
async function axe(page, left = []) {
  await page.evaluate(() => {
    const roots = [document, ...[...document.querySelectorAll('*')].map(one => one.shadowRoot).filter(Boolean)];
    roots.forEach(root => root.querySelectorAll('details').forEach(one => { one.open = true; }));
  });
  await page.evaluate(source);
  const report = await page.evaluate(off => axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    resultTypes: ['violations'],
    rules: Object.fromEntries(off.map(one => [one, { enabled: false }])),
  }), left);
  return report.violations.map(one => `${one.id} x${one.nodes.length}: ${one.nodes[0].html.slice(0, 160)}`);
}

const explored = page => page.evaluate(() => ({
  at: document.querySelector('#threshold').value,
  check: document.querySelector('#explore-check').textContent,
  offered: !document.querySelector('.slider').hidden,
  rows: [...document.querySelectorAll('#explore tr[data-slice]')].map(row => row.innerText.split(/\s*\t\s*|\n/)
    .map(one => one.trim()).filter(Boolean)),
}));

// Moves the slider by keys, then prints: what the table says before, after and on paper.
async function explore(page) {
  if (!await page.locator('#explore').count()) return undefined;
  const told = [await explored(page)];
  if (!told[0].offered) return told;
  await page.locator('#threshold').focus();
  for (let step = 0; step < 9; step += 1) await page.keyboard.press('ArrowLeft');
  told.push(await explored(page));
  await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
  return [...told, await explored(page)];
}

async function examine(page, { file, view, context, pdf }, found) {
  if (view === 'noscript') return { text: await page.locator('main').innerText() };
  const told = await page.evaluate(() => ({
    ran: window.__ran ?? null,
    overflow: Math.max(0, document.documentElement.scrollWidth - innerWidth),
    images: document.images.length,
  }));
  told.explored = await explore(page);
  // axe is a script that the page's own policy would stop
  const [audited, made] = await open(file, view, { ...context, bypassCSP: true }, { ...found, console: [] });
  told.axe = await axe(audited);
  if (pdf) await audited.pdf({ path: pdf, preferCSSPageSize: true, printBackground: true });
  await made.close();
  return told;
}

async function answer(question) {
  const found = { requests: [], console: [], dialogs: 0 };
  const [page, made] = await open(question.file, question.view, question.context, found);
  try {
    if (question.steps) found.told = await new Steps('page', 'context', 'axe', question.steps)(page, made, axe) ?? null;
    else Object.assign(found, await examine(page, question, found));
  } finally {
    await made.close();
  }
  return found;
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  const told = await answer(JSON.parse(line)).then(found => ({ found }), error => ({ error: String(error.stack) }));
  console.log(JSON.stringify(told));
}
await browser.close();
