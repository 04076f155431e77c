/* The bar of an exchange: what it spent its time with, from its begin to its end, left to right. */

const LANES_MOST = 3;

/* Classes of one kind look alike: a colour and a pattern, by these names in the style. */
const KINDS = {
  ok: 'ok', network: 'broken', timeout: 'broken', protocol: 'broken', server: 'broken', redirect: 'broken',
  rate_limit: 'full', quota: 'full', auth: 'setup', model: 'setup', context: 'refused', policy: 'refused',
  request: 'refused', cancelled: 'cancelled', skipped: 'skipped',
};

function kindOf(word) {
  const found = Object.hasOwn(KINDS, word) ? KINDS[word] : null;
  return found || (SKIPPED.test(word) ? 'skipped' : 'broken');
}

/* [{what, from, to, lane, kind, label}], in milliseconds since the begin of the exchange. */
function piecesOf(x, isLocal) {
  const pieces = [];
  const ends = [];
  const whole = number(x.duration_ms);
  const put = (what, from, to, lane, more) => pieces.push({what, from, to: Math.max(to, from), lane, ...more});
  const laneFor = (start, end) => {
    let lane = 0;
    while (lane < LANES_MOST - 1 && ends[lane] > start) lane++;
    ends[lane] = end;
    return lane;
  };
  for (const attempt of list(x.attempts)) {
    const start = number(attempt.start_ms);
    const end = start + number(attempt.ms);
    if (isSkip(attempt)) {
      put('skip', start, start, 0, {kind: 'skipped'});
      continue;
    }
    const lane = laneFor(start, end);
    if (number(attempt.queued_ms)) put('queue', start - number(attempt.queued_ms), start, lane, {});
    const kind = kindOf(attempt.class);
    const near = isLocal(attempt.provider) ? ' local' : '';
    const label = isOk(attempt) ? '' : (attempt.status ? attempt.status + ' ' : '') + attempt.class;
    const ttft = isOk(attempt) && typeof x.ttft_ms === 'number' ? x.ttft_ms : null;
    if (ttft !== null && ttft >= start && ttft <= end) {
      put('try', start, ttft, lane, {kind: kind + ' silent' + near, label: ''});
      put('stream', ttft, end, lane, {kind: kind + near, label: ''});
    } else {
      put('try', start, end, lane, {kind: kind + near, label});
    }
    if (number(attempt.wait_ms)) put('wait', end, end + number(attempt.wait_ms), lane, {});
  }
  for (const tool of list(x.tools)) {
    const start = number(tool.start_ms);
    const end = start + number(tool.ms);
    put('tool', start, end, laneFor(start, end), {kind: tool.ok ? '' : 'broken', label: tool.ok ? '' : String(tool.end), name: String(tool.name)});
  }
  if (!pieces.some((piece) => piece.what !== 'skip')) put('try', 0, whole, 0, {kind: kindOf(x.class), label: x.class});
  return {pieces, lanes: Math.max(1, ends.length)};
}

function place(element, left, width) {
  element.style.left = Math.min(left, 100).toFixed(2) + '%';
  element.style.width = Math.max(0, Math.min(width, 100 - Math.min(left, 100))).toFixed(2) + '%';
}

/* Where on a scale of so many milliseconds each piece stands; made again when the scale changes. */
function layOut(bar, scale_ms) {
  for (const {element, piece} of bar.pieces) place(element, (100 * piece.from) / scale_ms, (100 * (piece.to - piece.from)) / scale_ms);
  bar.element.classList.toggle('beyond', bar.whole > scale_ms * 1.001);
}

/* {element, pieces, whole}: for eyes only, the words stand beside it. */
function barOf(x, isLocal) {
  const {pieces, lanes} = piecesOf(x, isLocal);
  const element = make('span', {class: 'bar lanes' + lanes, 'aria-hidden': 'true'});
  const placed = pieces.map((piece) => {
    const part = make('i', {class: ['piece', piece.what, piece.kind || '', 'lane' + piece.lane].join(' '), title: titleOf(piece)}, piece.label ? labelOf(piece.label) : null);
    element.append(part);
    return {element: part, piece};
  });
  return {element, pieces: placed, whole: number(x.duration_ms)};
}

/* Where it is narrow the status alone is shown, and nothing where that would not fit either. */
function labelOf(label) {
  const status = label.match(/^\d+/);
  return make('b', {}, status ? status[0] : '', make('span', {}, status ? label.slice(status[0].length) : label));
}

const TITLES = {queue: 'waits for a place', wait: 'pause', skip: 'passed over', stream: 'answers', try: 'asked', tool: 'calls '};

function titleOf(piece) {
  return TITLES[piece.what] + (piece.name || '') + (piece.label ? ', ' + piece.label : '') + ': ' + duration(piece.from) + ' to ' + duration(piece.to);
}

/* 1, 2 or 5 times a power of ten. */
function roundUp(ms) {
  const ten = 10 ** Math.floor(Math.log10(Math.max(ms, 1)));
  return ten * [1, 2, 5, 10].find((n) => n * ten >= ms * 0.999);
}

/* One scale for all rows: a few that took far longer run out of it and do not squeeze the others. */
function commonScale(exchanges) {
  const all = exchanges.map((x) => number(x.duration_ms)).sort((a, b) => a - b);
  if (!all.length) return 1000;
  const most = all[all.length - 1];
  const usual = all[Math.floor((all.length - 1) * 0.9)];
  return roundUp(most <= 3 * usual ? most : usual * 1.5);
}

function marksOf(scale_ms, element) {
  element.replaceChildren(...[0, 0.25, 0.5, 0.75, 1].map((part) => {
    const mark = make('span', {}, part ? duration(scale_ms * part) : '0');
    mark.style.left = part * 100 + '%';
    return mark;
  }));
}

/* What the bars mean, with what the daemon says of each class. */
function legendOf(words) {
  const sample = (kind) => make('span', {class: 'sample', 'aria-hidden': 'true'}, make('i', {class: 'piece ' + kind}));
  const row = (kind, word, text) => [make('dt', {}, sample(kind), word), make('dd', {}, text)];
  const rows = [
    row('try ok silent', 'asked', 'nothing of the answer has come yet; the line behind it is the first content'),
    row('stream ok', 'answer of a cloud', 'it comes in'),
    row('stream ok local', 'answer from here', 'the same of a provider on this machine or in its network'),
    row('queue', 'queue', 'all places at the provider are taken'),
    row('wait', 'pause', 'before the next try'),
    row('tool', 'tool', 'a tool is called here for the model'),
    row('skip', 'passed over', 'it was not asked; the row says why'),
  ];
  for (const [word, text] of Object.entries((words && words.classes) || {}))
    if (word !== 'ok' && word !== 'skipped') rows.push(row('try ' + kindOf(word), word, text));
  return rows.flat();
}
