// Wakes the reports in a notebook's output. A page that is parsed attaches their shadow roots; where a notebook sets
// innerHTML nobody has. It is run once for every output that holds a report, so those awake are left alone.
(() => {
'use strict';
const report = REPORT;
// light or dark as what is behind the report, since a notebook's theme need not be the system's
const ground = node => {
  const kind = document.body.dataset.vscodeThemeKind;
  if (kind) return /light/.test(kind) ? 'light' : 'dark';
  for (; node; node = node.parentElement) {
    const [, r, g, b, alpha = '1'] = getComputedStyle(node).backgroundColor.match(/^rgba?\((\d+), (\d+), (\d+)(?:, ([\d.]+))?\)$/) || [];
    if (r && +alpha) return r * 0.3 + g * 0.59 + b * 0.11 < 128 ? 'dark' : 'light';
  }
  return '';
};
// a link's address is looked for in the notebook, never in a shadow root
const follow = (root, event) => {
  const link = event.target.closest('a[href^="#"]');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const part = root.getElementById(link.hash.slice(1));
  if (!part) return;
  for (let fold = part.closest('details'); fold; fold = fold.parentElement.closest('details')) fold.open = true;
  part.tabIndex = -1;
  part.focus({ preventScroll: true });
  part.scrollIntoView();
};
document.querySelectorAll('.dlaudit-report').forEach(host => {
  const template = host.querySelector('template');
  if (!host.shadowRoot && template) host.attachShadow({ mode: 'open' }).append(template.content);
  const room = host.shadowRoot && host.shadowRoot.querySelector('.room');
  if (!room || room.awake) return;
  room.awake = true;
  const theme = ground(host);
  if (theme) room.dataset.theme = theme;
  host.shadowRoot.addEventListener('click', event => follow(host.shadowRoot, event));
  report(host.shadowRoot);
});
})();
