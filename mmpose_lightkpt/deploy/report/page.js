'use strict';
// Sorts the table, shows what is chosen in a fitting scale, tells of a point.
// Without it all is shown.
const all = (query) => [...document.querySelectorAll(query)];
const body = document.querySelector('tbody');
const form = document.querySelector('#filters');

function compare(a, b) {
  const numbers = [Number(a), Number(b)];
  return numbers.some(Number.isNaN)
    ? a.localeCompare(b, 'en', {numeric: true})
    : numbers[0] - numbers[1];
}

function sortBy(head, index) {
  const down = head.getAttribute('aria-sort') === 'ascending';
  all('th').forEach((other) => other.removeAttribute('aria-sort'));
  head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
  const value = (row) => row.cells[index].dataset.value;
  const rows = [...body.rows];
  const known = rows.filter((row) => value(row) !== '');
  known.sort((a, b) => compare(value(a), value(b)) * (down ? -1 : 1));
  body.append(...known, ...rows.filter((row) => value(row) === ''));
}

function chosen(name) {
  const boxes = form.querySelectorAll(`input[name=${name}]:checked`);
  return new Set([...boxes].map((box) => box.value));
}

const isShown = (item) => !item.classList.contains('off');

// Spread the points that are shown over the width of their plot.
function zoom(plot) {
  const points = [...plot.querySelectorAll('.point')].filter(isShown);
  if (points.length === 0) return;
  for (const item of plot.querySelectorAll('.along')) {
    for (const name of ['x', 'x1', 'x2']) {
      item.dataset[name] ??= parseFloat(item.getAttribute(name));
    }
  }
  const percents = points.map((point) => Number(point.dataset.x));
  const [first, last] = [Math.min(...percents), Math.max(...percents)];
  const decades = Number(plot.dataset.decades);
  // No narrower than a factor of 2.2, which is 35 % of a power of ten.
  const least = 35 / decades;
  const half = Math.max((last - first) * 0.55 + 3 / decades, least / 2);
  const low = (first + last) / 2 - half;
  const finest = [2.5, 0.8].filter((d) => decades * half / 50 < d).length;
  for (const item of plot.querySelectorAll('.along')) {
    for (const name of ['x', 'x1', 'x2']) {
      if (!item.hasAttribute(name)) continue;
      const place = (Number(item.dataset[name]) - low) * 50 / half;
      item.setAttribute(name, `${place}%`);
      if (item.matches('.grid, .tick')) {
        const level = Number(item.getAttribute('class').match(/level-(.)/)[1]);
        const out = place < 0 || place > 100 || level > finest;
        item.classList.toggle('out', out);
      }
    }
  }
}

// Scale a device's bars by the longest of those that are shown.
function scale(section) {
  const rows = [...section.querySelectorAll('.row')].filter(isShown);
  section.classList.toggle('off', rows.length === 0);
  const longest = Math.max(...rows.map((row) => Number(row.dataset.reach)));
  if (rows.length) section.style.setProperty('--longest', longest);
}

function filter() {
  const devices = chosen('device');
  const cases = chosen('case');
  for (const item of all('main [data-device]')) {
    const {device, case: own} = item.dataset;
    const shown = devices.has(device) && (own === undefined || cases.has(own));
    item.classList.toggle('off', !shown);
  }
  const rows = [...body.rows];
  const count = rows.filter(isShown).length;
  form.querySelector('#shown').textContent =
    `${count} of ${rows.length} timed cases shown`;
  form.querySelector('#all').hidden = count === rows.length;
  all('.plot > svg').forEach(zoom);
  all('section.bars').forEach(scale);
}

all('th').forEach((head, index) => {
  head.querySelector('button').addEventListener(
    'click', () => sortBy(head, index));
});
for (const point of all('.point')) {
  const told = point.closest('figure').querySelector('.told');
  const tell = () => { told.textContent = point.getAttribute('aria-label'); };
  for (const kind of ['pointerenter', 'click', 'focus']) {
    point.addEventListener(kind, tell);
  }
}
form.addEventListener('change', filter);
form.querySelector('#all').addEventListener('click', () => {
  for (const box of form.querySelectorAll('input')) box.checked = true;
  filter();
});
form.hidden = false;
filter();
