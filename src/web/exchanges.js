/* The list of exchanges: rows, filters, the one that is open. */

const KEPT = 200;
const FILTERS = ['provider', 'class', 'client', 'model'];

/* What of an exchange a filter looks at. */
const VALUES = {
  provider: (x) => [x.provider, ...list(x.attempts).map((attempt) => attempt.provider)],
  class: (x) => [x.class, ...list(x.attempts).map((attempt) => attempt.class)],
  client: (x) => [x.client],
  model: (x) => [x.asked, x.model, ...list(x.attempts).map((attempt) => attempt.model)],
};

/* The hash: an id alone, or id=...&provider=... and so on. */
function readHash() {
  const hash = location.hash.slice(1);
  if (/^[0-9a-f]{8,32}$/i.test(hash)) return {id: hash.toLowerCase(), fell: false};
  const given = new URLSearchParams(hash);
  const found = {id: given.get('id'), fell: given.get('fell') === 'back'};
  for (const filter of FILTERS) found[filter] = given.get(filter);
  return found;
}

function writeHash(wanted) {
  const given = new URLSearchParams();
  for (const filter of FILTERS) if (wanted[filter]) given.set(filter, wanted[filter]);
  if (wanted.fell) given.set('fell', 'back');
  if (wanted.id && [...given].length) given.set('id', wanted.id);
  const hash = [...given].length ? given.toString() : wanted.id || '';
  history.replaceState(null, '', hash ? '#' + hash : location.pathname + location.search);
}

function isWanted(x, wanted) {
  return (!wanted.fell || Boolean(x.fallback)) && FILTERS.every((filter) => !wanted[filter] || VALUES[filter](x).includes(wanted[filter]));
}

/* The choices of a filter: what is in the list, and what is chosen, be it there or not. */
function showFilter(filter, exchanges, wanted) {
  const select = $('by-' + filter);
  const found = new Set(exchanges.flatMap(VALUES[filter]).filter(Boolean));
  if (wanted[filter]) found.add(wanted[filter]);
  const values = [...found].sort();
  const told = JSON.stringify(values);
  if (select.told !== told) {
    select.told = told;
    select.replaceChildren(make('option', {value: ''}, 'any'), ...values.map((value) => make('option', {value}, clip(value, 40))));
  }
  if (select.value !== (wanted[filter] || '')) select.value = wanted[filter] || '';
}

function endOf(x) {
  if (x.class !== 'ok') return x.class + (x.status ? ' ' + x.status : '');
  return x.fallback ? 'fell back: ' + x.fallback.replace(SKIPPED, '') : 'ok';
}

function detailsOf(x, words, isLocal) {
  const bar = barOf(x, isLocal);
  const scale = make('div', {class: 'marks', 'aria-hidden': 'true'});
  const whole = Math.max(1, bar.whole);
  layOut(bar, whole);
  marksOf(whole, scale);
  return [bar.element, scale,
    make('ol', {class: 'story'}, storyOf(x, words).map((line, i) => make('li', {}, make('span', {class: 'at'}, i ? '+' + duration(line.at_ms) : clock(x.time)), make('span', {}, line.parts)))),
    make('p', {class: 'about'}, 'Exchange ', make('a', {href: '#' + x.id}, x.id), ', ', when(x.time), '. The log has it under ', make('code', {}, 'id=' + x.id), '.')];
}

/* A row: {element, button, bar, x}. */
function rowOf(x, isLocal) {
  const bar = barOf(x, isLocal);
  const kind = x.class !== 'ok' ? 'bad' : x.fallback ? 'fell' : 'good';
  const button = make('button', {class: 'line', 'aria-expanded': 'false', tabindex: '-1', 'data-id': x.id},
    make('span', {class: 'time'}, clock(x.time)),
    make('span', {class: 'who'}, x.provider ? name(x.provider) : 'nobody', ' ', x.model || x.asked ? name(x.model || x.asked, 'model') : '', x.client ? [' ', name(x.client, 'client')] : ''),
    bar.element,
    make('span', {class: 'end ' + kind}, endOf(x)),
    make('span', {class: 'took'}, duration(number(x.duration_ms))));
  return {element: make('li', {class: x.local ? 'row local' : 'row'}, button), button, bar, x, details: null};
}

function openRow(row, isOpen, words, isLocal) {
  if (isOpen === Boolean(row.details)) return;
  row.button.setAttribute('aria-expanded', String(isOpen));
  row.element.classList.toggle('open', isOpen);
  if (!isOpen) {
    row.details.remove();
    row.details = null;
    return;
  }
  row.details = make('div', {class: 'details'}, detailsOf(row.x, words, isLocal));
  row.element.append(row.details);
}

/* One row is reached by Tab, the others by the arrow keys. */
function chooseRow(page, id) {
  const rows = page.order;
  const chosen = rows.find((row) => row.x.id === id) || rows[0];
  for (const row of rows) {
    const index = row === chosen ? '0' : '-1';
    if (row.button.getAttribute('tabindex') !== index) row.button.setAttribute('tabindex', index);
  }
  page.chosen = chosen ? chosen.x.id : null;
}

function moveInRows(page, event) {
  const at = page.order.findIndex((row) => row.button === document.activeElement);
  const last = page.order.length - 1;
  const to = {ArrowDown: Math.min(at + 1, last), ArrowUp: Math.max(at - 1, 0), Home: 0, End: last}[event.key];
  if (to === undefined || at < 0) return;
  event.preventDefault();
  chooseRow(page, page.order[to].x.id);
  page.order[to].button.focus();
}

/* Rows that stay are not touched, so that focus and selection stay, too. */
function showRows(page) {
  const {wanted, rows} = page;
  const isLocal = (provider) => page.near.has(provider);
  const visible = page.exchanges.filter((x) => isWanted(x, wanted) || x.id === wanted.id);
  const scale = commonScale(visible);
  const focused = document.activeElement && document.activeElement.dataset.id;
  const kept = new Set(visible.map((x) => x.id));
  for (const [id, row] of rows) if (!kept.has(id)) { row.element.remove(); rows.delete(id); }
  page.order = visible.map((x, i) => {
    let row = rows.get(x.id);
    if (!row) rows.set(x.id, (row = rowOf(x, isLocal)));
    if ($('exchanges').children[i] !== row.element) $('exchanges').insertBefore(row.element, $('exchanges').children[i] || null);
    if (row.scale !== scale) layOut(row.bar, (row.scale = scale));
    openRow(row, x.id === wanted.id, page.words, isLocal);
    return row;
  });
  marksOf(scale, $('marks'));
  chooseRow(page, page.chosen);
  if (focused && !kept.has(focused)) (page.order[0] ? page.order[0].button : $('exchanges')).focus();
  tellRows(page, visible.length);
}

function tellRows(page, visible) {
  const {wanted} = page;
  const all = page.exchanges.length;
  const filtered = wanted.fell || FILTERS.some((filter) => wanted[filter]);
  say($('shown'), page.held.length ? many(page.held.length, 'new one') + ' held back' : filtered ? visible + ' of ' + all : all ? many(all, 'exchange') : '');
  show($('clear'), filtered);
  show($('scale'), visible > 0);
  show($('empty'), visible === 0);
  say($('empty'), all ? 'None of the ' + all + ' exchanges kept here is of that kind.' : 'Nothing was asked yet. Give ' + location.origin + '/v1 to an app as its base URL, and its exchanges come up here.');
  const missing = wanted.id && page.loaded && !page.exchanges.some((x) => x.id === wanted.id);
  show($('missing'), Boolean(missing));
  if (missing) say($('missing'), 'Exchange ' + clip(wanted.id, 40) + ' is not among the last ' + KEPT + ' that are kept here. The log has it, if it was one: look for id=' + clip(wanted.id, 40) + '.');
  for (const filter of FILTERS) showFilter(filter, page.exchanges, wanted);
  $('by-fallback').checked = wanted.fell;
}
