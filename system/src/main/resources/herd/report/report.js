
'use strict';
/* Values under the pointer. Each chart carries its points; without this script the page loses only
   the pointer's label. */
for (const svg of document.querySelectorAll('svg[data-x]')) {
  const xs = svg.dataset.x.split('|').map(Number);
  const ys = svg.dataset.y.split('|').map(Number);
  const at = svg.dataset.at.split('|');
  const values = svg.dataset.value.split('|');
  const hover = svg.querySelector('.hover');
  const [cross, dot] = hover.children;
  const label = svg.closest('figure').querySelector('.last');
  const last = label.textContent;
  const box = svg.viewBox.baseVal;

  const show = event => {
    const frame = svg.getBoundingClientRect();
    const x = (event.clientX - frame.left) / frame.width * box.width;
    let low = 0;
    let high = xs.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (xs[middle] < x) low = middle; else high = middle;
    }
    const i = x - xs[low] < xs[high] - x ? low : high;
    cross.setAttribute('d', `M${xs[i]} 8V${box.height - 36}`);
    dot.setAttribute('cx', xs[i]);
    dot.setAttribute('cy', ys[i]);
    hover.removeAttribute('hidden');
    label.textContent = `${values[i]} at ${at[i]} ${svg.dataset.unit}`;
    label.classList.add('live');
  };
  const hide = () => {
    hover.setAttribute('hidden', '');
    label.textContent = last;
    label.classList.remove('live');
  };
  svg.addEventListener('pointermove', show);
  svg.addEventListener('pointerdown', show);
  svg.addEventListener('pointerleave', hide);
}
addEventListener('beforeprint', () => {
  for (const fold of document.querySelectorAll('details.more')) fold.open = true;
});
