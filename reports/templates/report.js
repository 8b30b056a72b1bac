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
const unfold = document.querySelector('#unfold');
if (unfold) {
  const folded = document.querySelectorAll('details');
  unfold.hidden = false;
  unfold.addEventListener('click', () => {
    const open = unfold.getAttribute('aria-pressed') !== 'true';
    unfold.setAttribute('aria-pressed', open);
    folded.forEach(one => { one.open = open; });
  });
}
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
