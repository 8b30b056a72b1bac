(() => {
'use strict';
const root = document.documentElement;
const theme = document.querySelector('#theme');
if (theme) {
  theme.hidden = false;
  theme.addEventListener('click', () => {
    const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme:dark)').matches;
    root.dataset.theme = dark ? 'light' : 'dark';
  });
}
addEventListener('beforeprint', () => document.querySelectorAll('details:not([open])').forEach(d => {
  d.open = true;
  d.dataset.printed = '1';
}));
addEventListener('afterprint', () => document.querySelectorAll('details[data-printed]').forEach(d => {
  d.open = false;
  delete d.dataset.printed;
}));
const links = [...document.querySelectorAll('nav a')];
const mark = id => links.forEach(a => {
  if (a.getAttribute('href') === '#' + id) a.setAttribute('aria-current', 'true');
  else a.removeAttribute('aria-current');
});
if ('IntersectionObserver' in window) {
  const seen = new IntersectionObserver(
    found => found.forEach(one => { if (one.isIntersecting) mark(one.target.id); }),
    { rootMargin: '-10% 0px -75% 0px' });
  document.querySelectorAll('main>header,main>section').forEach(part => seen.observe(part));
}
})();
