/* What the page knows, and when it is shown. */

const GAP_MS = 250; /* between two looks at what has changed */

const page = {
  at: null, words: {}, exchanges: [], held: [], rows: new Map(), order: [], near: new Set(), chosen: null,
  wanted: readHash(), span: 'hour', paused: false, loaded: false, lost: 0, missed: 0, fetching: null, state: {},
  downSince: Date.now(), nextTryAt: 0, isOpen: false, dueRows: false, dueState: false, timer: null,
};

/* With what a daemon of another version may leave out, and the attempts in the order in which they began. */
function whole(x) {
  const attempts = list(x.attempts).map((attempt) => ({provider: '?', class: '?', ...attempt})).sort((a, b) => number(a.start_ms) - number(b.start_ms));
  return {time: '', path: '?', class: '?', ...x, attempts, endedAt: (Date.parse(x.time) || 0) + number(x.duration_ms)};
}

/* The one that ended last first; what is there already is replaced; the one that is open stays, however old. */
function keep(more) {
  const by = new Map(page.exchanges.map((x) => [x.id, x]));
  for (const x of more) if (x && typeof x.id === 'string') by.set(x.id, whole(x));
  const all = [...by.values()].sort((a, b) => b.endedAt - a.endedAt);
  page.exchanges = all.filter((x, i) => i < KEPT || x.id === page.wanted.id);
}

function due(what) {
  page[what] = true;
  if (page.timer) return;
  page.timer = setTimeout(() => requestAnimationFrame(() => { page.timer = null; showAll(); }), GAP_MS);
}

function showAll() {
  if (!page.at) return;
  if (page.dueState) {
    page.near = new Set(list(page.at.providers).filter((p) => p.is_local).map((p) => p.name));
    showState(page.at, page.state);
    showCharts(page.at, page.span, page.state);
  }
  if (page.dueRows || page.dueState) showRows(page);
  page.dueRows = page.dueState = false;
}

/* While it is paused what comes is held back. */
function take(more) {
  if (page.paused) page.held = page.held.concat(more.map(whole)).slice(-KEPT);
  else keep(more);
  due('dueRows');
}

/* More ended at once than is told one by one: the facts have most of them. */
function fetchLost(count) {
  page.missed += count;
  if (page.fetching) return;
  page.fetching = setTimeout(async () => {
    const missed = page.missed;
    page.missed = 0;
    let fresh = [];
    try {
      const known = new Set(page.exchanges.concat(page.held).map((x) => x.id));
      fresh = list((await (await ask('.json', {})).json()).exchanges).filter((x) => !known.has(x.id));
    } catch { /* they stay lost */ }
    page.fetching = null;
    take(fresh);
    page.lost += Math.max(0, missed - fresh.length);
    show($('lost'), page.lost > 0);
    say($('lost'), many(page.lost, 'exchange') + ' came faster than could be shown, and are not in the list.');
    if (page.missed) fetchLost(0);
  }, 1000);
}

/* A state has the latest bucket only: the others are those that came before. */
function withBuckets(old, fresh) {
  if (!fresh) return old;
  const by = new Map([...list(old && old.buckets), ...list(fresh.buckets)].map((bucket) => [bucket.time, bucket]));
  return {...old, ...fresh, buckets: [...by.values()].sort((a, b) => (a.time < b.time ? -1 : 1)).slice(-200)};
}

function takeState(fresh) {
  const old = page.at || {};
  page.at = {...old, ...fresh, hour: withBuckets(old.hour, fresh.hour), day: withBuckets(old.day, fresh.day)};
  due('dueState');
}

const source = {
  last() {
    const all = page.exchanges.concat(page.held);
    return all.length ? all.reduce((a, b) => (b.endedAt > a.endedAt ? b : a)).id : null;
  },
  facts(json) {
    const first = !page.loaded;
    page.words = json.words || {};
    page.at = {...json};
    page.startedAt = Date.now() - number(json.uptime_ms);
    page.loaded = true;
    keep(list(json.exchanges));
    $('classes').replaceChildren(...legendOf(page.words));
    show($('main'), true);
    due('dueState');
    if (first) { page.dueRows = page.dueState = true; showAll(); bringOpen(); }
  },
  event({event, data}) {
    let json;
    try { json = JSON.parse(data); } catch { return; }
    if (event === 'state') takeState(json);
    if (event === 'lost') fetchLost(number(json.count));
    if (event === 'exchange') take([json]);
  },
  open() {
    page.isOpen = true;
    showLink();
  },
  down(wait_ms, why) {
    if (page.isOpen || !page.nextTryAt) page.downSince = Date.now();
    page.isOpen = false;
    page.why = why;
    page.nextTryAt = Date.now() + wait_ms;
    showLink();
  },
  token() {
    const again = Boolean(tokens.get());
    tokens.set(null);
    show($('main'), false);
    show($('door'), true);
    show($('forget'), false);
    say($('link-words'), 'waiting for a token');
    if (again) say($('door-why'), 'That token is not taken. It has to be one of [server] tokens or of a [token NAME].');
    $('token').value = '';
    $('token').focus();
    return new Promise((resolve) => { page.tokenGiven = resolve; });
  },
};

function showLink() {
  $('link').className = page.isOpen ? 'dot live' : 'dot';
  say($('link-words'), page.isOpen ? 'live' : 'not connected since ' + clock(page.downSince) + (page.why ? ' (' + page.why + ')' : ''));
  show($('retry'), !page.isOpen);
  show($('forget'), Boolean(tokens.get()));
  document.title = (page.isOpen ? '' : 'not connected: ') + 'understudy: what it does';
  document.body.classList.toggle('stale', !page.isOpen);
  tick();
}

function tick() {
  const left = Math.ceil((page.nextTryAt - Date.now()) / 1000);
  say($('countdown'), page.isOpen ? '' : left > 0 ? '; next try in ' + left + ' s' : '; trying');
  if (page.at) say($('uptime'), page.isOpen ? 'Running for ' + duration(Date.now() - page.startedAt) + '.' : '');
  if (page.at && Date.now() - (page.chartsAt || 0) > 30000) {
    page.chartsAt = Date.now();
    due('dueState');
  }
}

/* The row of the address is brought into view. */
function bringOpen() {
  const row = page.rows.get(page.wanted.id);
  if (!row) return;
  chooseRow(page, page.wanted.id);
  row.element.scrollIntoView({block: 'center'});
}

function wish(changes) {
  Object.assign(page.wanted, changes);
  writeHash(page.wanted);
  page.dueRows = true;
  showAll();
}

function wakeUp() {
  if (!page.isOpen && source.line && source.line.wake) {
    source.line.pause_ms = source.line.retry_ms;
    source.line.wake();
  }
}

function listen() {
  $('exchanges').addEventListener('click', (event) => {
    const button = event.target.closest('button.line');
    if (!button) return;
    page.chosen = button.dataset.id;
    wish({id: page.wanted.id === button.dataset.id ? null : button.dataset.id});
  });
  $('exchanges').addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && page.wanted.id) {
      const row = page.rows.get(page.wanted.id);
      wish({id: null});
      if (row) row.button.focus();
    } else if (event.target.closest('button.line')) moveInRows(page, event);
  });
  for (const filter of FILTERS) $('by-' + filter).addEventListener('change', (event) => wish({[filter]: event.target.value || null}));
  $('by-fallback').addEventListener('change', (event) => wish({fell: event.target.checked}));
  $('clear').addEventListener('click', () => { wish({fell: false, provider: null, class: null, client: null, model: null}); $('by-provider').focus(); });
  $('hold').addEventListener('click', () => {
    page.paused = !page.paused;
    $('hold').setAttribute('aria-pressed', String(page.paused));
    keep(page.held.splice(0));
    page.dueRows = true;
    showAll();
  });
  $('spans').addEventListener('click', (event) => {
    const span = event.target.dataset.span;
    if (!span) return;
    page.span = span;
    for (const button of $('spans').children) button.setAttribute('aria-pressed', String(button.dataset.span === span));
    if (page.at) showCharts(page.at, span, page.state);
  });
  $('numbers').addEventListener('toggle', () => page.at && showCharts(page.at, page.span, page.state));
  $('skip').addEventListener('click', (event) => {
    event.preventDefault();
    const row = page.order.find((one) => one.x.id === page.chosen);
    (row ? row.button : $('exchanges')).focus();
  });
  $('door').addEventListener('submit', (event) => {
    event.preventDefault();
    const token = $('token').value.trim();
    if (!token) return;
    tokens.set(token);
    $('token').value = '';
    show($('door'), false);
    page.tokenGiven();
  });
  $('forget').addEventListener('click', () => { tokens.set(null); location.reload(); });
  $('retry').addEventListener('click', wakeUp);
  addEventListener('online', wakeUp);
  document.addEventListener('visibilitychange', () => document.hidden || wakeUp());
  addEventListener('hashchange', () => {
    page.wanted = readHash();
    page.dueRows = true;
    showAll();
    bringOpen();
  });
  addEventListener('resize', () => page.at && due('dueState'));
}

listen();
say($('address'), location.href.split('#')[0]);
setInterval(tick, 1000);
follow(source);
