// Evaluates to a list of what is wrong with the page that is shown: one sentence each, none when all is well.
(() => {
  const wrong = [];
  const root = document.documentElement;
  const shown = e => e.checkVisibility({ visibilityProperty: true }) && !e.closest('.unseen');
  const say = e => `<${e.tagName.toLowerCase()}${e.id ? '#' + e.id : ''}> "${e.textContent.trim().slice(0, 40)}"`;

  // Nothing is wider than the window.
  if (root.scrollWidth > root.clientWidth || innerWidth > screen.width) wrong.push(`the page is ${root.scrollWidth} px wide in a window of ${screen.width}`);
  for (const e of document.body.querySelectorAll('*'))
    if (shown(e) && e.getClientRects().length && e.getBoundingClientRect().right > root.clientWidth + 0.5 && !e.closest('thead')) wrong.push(`${say(e)} ends right of the window`);

  // WCAG 2.2, 1.4.3 and 1.4.11.
  const rgb = text => text.match(/[\d.]+/g).map(Number);
  const luminance = c => [0.2126, 0.7152, 0.0722].reduce((sum, weight, i) => {
    const v = c[i] / 255;
    return sum + weight * (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  }, 0);
  const contrast = (a, b) => {
    const [low, high] = [luminance(rgb(a)), luminance(rgb(b))].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };
  const background = e => {
    for (; e; e = e.parentElement) {
      const colour = getComputedStyle(e).backgroundColor;
      if ((rgb(colour)[3] ?? 1) === 1) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  const needs = (what, front, back, least) => {
    const has = contrast(front, back);
    if (!(has >= least)) wrong.push(`${what}: contrast ${has.toFixed(2)} of ${front} on ${back}, expected ${least}`);
  };
  let texts = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !shown(e)) continue;
    texts++;
    needs(say(e), getComputedStyle(e).color, background(e), 4.5);
  }
  if (texts < 10) wrong.push(`only ${texts} texts are shown`);
  for (const e of document.querySelectorAll('[data-label]'))
    if (shown(e) && getComputedStyle(e, '::before').content !== 'none') needs(`label of ${say(e)}`, getComputedStyle(e, '::before').color, background(e), 4.5);
  for (const e of document.querySelectorAll('rect')) needs(`bar ${e.getAttribute('class')}`, getComputedStyle(e).fill, background(e.parentElement), 3);

  // Structure.
  if (!root.lang) wrong.push('no language');
  if (!document.title) wrong.push('no title');
  const levels = [...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(h => +h.tagName[1]);
  if (levels[0] !== 1 || levels.filter(level => level === 1).length !== 1) wrong.push(`headings ${levels}`);
  levels.forEach((level, i) => { if (i && level > levels[i - 1] + 1) wrong.push(`heading of level ${level} after ${levels[i - 1]}`); });
  const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
  if (new Set(ids).size !== ids.length) wrong.push(`an id twice in ${ids}`);
  for (const e of document.querySelectorAll('[aria-labelledby]'))
    if (!document.getElementById(e.getAttribute('aria-labelledby'))?.textContent.trim()) wrong.push(`${say(e)} is labelled by nothing`);
  for (const e of document.querySelectorAll('table')) {
    const columns = e.querySelectorAll('thead th[scope=col]').length;
    for (const row of e.querySelectorAll('tbody tr'))
      if (row.cells.length !== columns || row.querySelectorAll('th[scope=row]').length !== 1) wrong.push(`row ${say(row)} of ${row.cells.length} cells below ${columns} headers`);
    if (!columns || !e.querySelector('tbody tr')) wrong.push(`table ${say(e)} has no headers or no rows`);
  }
  for (const e of document.querySelectorAll('a,button')) {
    if (!shown(e)) continue;
    const box = e.getBoundingClientRect();
    if (box.height < 24) wrong.push(`${say(e)} is ${box.height} px high, expected 24 (WCAG 2.5.8)`);
    if (!e.textContent.trim()) wrong.push(`${e.outerHTML} has no name`);
  }
  return wrong;
})()
