// Wakes a page; `root` is the document, or the shadow root that holds the page in a notebook.
(root => {
'use strict';
const find = id => root.getElementById(id);
const page = root.querySelector('.room') || root.documentElement;
const theme = find('theme');
if (theme) {
  theme.hidden = false;
  theme.addEventListener('click', () => {
    const dark = page.dataset.theme ? page.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme:dark)').matches;
    page.dataset.theme = dark ? 'light' : 'dark';
  });
}
const unfold = find('unfold');
if (unfold) {
  const folded = root.querySelectorAll('details');
  unfold.hidden = false;
  unfold.addEventListener('click', () => {
    const open = unfold.getAttribute('aria-pressed') !== 'true';
    unfold.setAttribute('aria-pressed', open);
    folded.forEach(one => { one.open = open; });
  });
}
const box = find('explore');
if (box) {
  const data = JSON.parse(find('explore-data').textContent);
  const [slider, now, check, said] = ['threshold', 'threshold-now', 'explore-check', 'explore-said'].map(find);
  const rows = [...box.querySelectorAll('tr[data-slice]')];
  const still = rows.map(row => [...row.querySelectorAll('td:not(.graph)')].map(cell => cell.textContent));
  const bars = rows.map(row => [row.querySelector('rect'), row.querySelector('line')]);
  const above = (bins, at) => bins.slice(at).reduce((sum, one) => sum + one, 0);
  const rates = (one, at) => {
    const [p, n, all, none] = [above(one.p, at), above(one.n, at), above(one.p, 0), above(one.n, 0)];
    return { count: all + none, values: [[p + n, all + none], [p, all], [n, none]].map(([k, of]) => of ? k / of : null) };
  };
  const share = x => x === null ? '–' : x > 0 && x < 5e-4 ? '< 0.1\u202f%' : x >= 0.9995 && x < 1 ? '> 99.9\u202f%'
    : (x === 0 || x === 1 ? x * 100 : (x * 100).toFixed(1)) + '\u202f%';
  const wilson = (p, n) => {
    const z = data.z, mid = (p + z * z / 2 / n) / (1 + z * z / n);
    const half = z / (1 + z * z / n) * Math.sqrt(p * (1 - p) / n + z * z / 4 / n / n);
    return [Math.max(0, mid - half), Math.min(1, mid + half)];
  };
  const place = x => (100 * x).toFixed(1) + '%';
  let pause;
  const show = at => {
    now.textContent = data.labels[at];
    slider.setAttribute('aria-valuetext', data.labels[at]);
    const found = data.slices.map(one => rates(one, at));
    rows.forEach((row, i) => {
      const { count, values: [selected, tpr, fpr] } = found[i], base = found[data.reference[i]].values[0];
      const ends = data.z && selected !== null ? wilson(selected, count) : null;
      const told = at === data.used ? still[i] : [share(selected),
        ends ? share(ends[0]).replace('\u202f%', '') + '–' + share(ends[1]) : '–',
        base ? (selected / base).toFixed(2) : '–', share(tpr), share(fpr), still[i][5]];
      row.querySelectorAll('td:not(.graph)').forEach((cell, j) => { cell.textContent = told[j]; });
      bars[i][0].setAttribute('width', place(selected || 0));
      if (ends) ['x1', 'x2'].forEach((end, j) => bars[i][1].setAttribute(end, place(ends[j])));
    });
    // a screen reader is told once, when the hand rests
    clearTimeout(pause);
    const shares = found.map(one => one.values[0]).filter(one => one !== null);
    const told = { at: data.labels[at], low: share(Math.min(...shares)), high: share(Math.max(...shares)) };
    pause = setTimeout(() => { said.textContent = said.dataset.says.replace(/\[(\w+)\]/g, (_, slot) => told[slot]); }, 250);
  };
  const same = data.slices.every(one => rates(one, data.used).values.every((value, i) =>
    value === null ? one.audited[i] === null : Math.abs(value - one.audited[i]) < 1e-9));
  const back = () => { slider.value = data.used; show(data.used); };
  check.textContent = same ? check.dataset.agrees : check.dataset.differs;
  box.querySelector('.slider').hidden = !same;
  slider.addEventListener('input', () => show(+slider.value));
  find('threshold-back').addEventListener('click', back);
  addEventListener('beforeprint', back);
}
const links = [...root.querySelectorAll('nav a')];
const mark = part => links.forEach(a => {
  if (a.hash.slice(1) === part.id) a.setAttribute('aria-current', 'true');
  else a.removeAttribute('aria-current');
});
if ('IntersectionObserver' in window) {
  const seen = new IntersectionObserver(
    found => found.forEach(one => { if (one.isIntersecting) mark(one.target); }),
    { rootMargin: '-10% 0px -75% 0px' });
  links.forEach(a => { const part = find(a.hash.slice(1)); if (part) seen.observe(part); });
}
})(document);
