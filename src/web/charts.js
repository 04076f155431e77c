/* The last hour and the last day as small charts, drawn by hand; the numbers stand above and in the table. */

const HIGH = 72;
const LENGTH = {hour: 3600000, day: 86400000};

const tokensOf = (bucket, where) => number((bucket.prompt_tokens || {})[where]) + number((bucket.completion_tokens || {})[where]);

/* stacked: bars on top of each other; else lines. of(bucket) -> number, null = none. */
const CHARTS = [
  {id: 'requests', title: 'Answers', stacked: true, text: brief, series: [
    {label: 'cloud', kind: 'cloud', of: (b) => number(b.cloud)},
    {label: 'local', kind: 'local', of: (b) => number(b.local)}]},
  {id: 'trouble', title: 'Fallbacks and errors', stacked: true, text: brief, series: [
    {label: 'fell back', kind: 'fell', of: (b) => number(b.fallbacks)},
    {label: 'errors', kind: 'error', of: (b) => number(b.errors)}]},
  {id: 'ttft', title: 'Time to first content', stacked: false, text: duration, series: [
    {label: 'half in', kind: 'p50', of: (b) => b.ttft_p50_ms},
    {label: '95 % in', kind: 'p95', of: (b) => b.ttft_p95_ms}]},
  {id: 'tokens', title: 'Tokens', stacked: true, text: brief, series: [
    {label: 'cloud', kind: 'cloud', of: (b) => tokensOf(b, 'cloud')},
    {label: 'local', kind: 'local', of: (b) => tokensOf(b, 'local')}]},
];

/* Buckets at their places: those without any request are not sent. */
function slots(range, span, now) {
  const step = number(range.step_s) * 1000 || (span === 'hour' ? 60000 : 900000);
  const n = Math.round(LENGTH[span] / step);
  const last = Math.floor(now / step) * step;
  const by = new Map(list(range.buckets).map((bucket) => [Math.floor(Date.parse(bucket.time) / step) * step, bucket]));
  return Array.from({length: n}, (_, i) => {
    const time = last - (n - 1 - i) * step;
    return {time, bucket: by.get(time) || null};
  });
}

const valueOf = (series, slot) => (slot.bucket ? series.of(slot.bucket) : null);

function highest(chart, all) {
  return Math.max(0, ...all.map((slot) => {
    const values = chart.series.map((series) => number(valueOf(series, slot)));
    return chart.stacked ? values.reduce((a, b) => a + b, 0) : Math.max(...values);
  }));
}

function barsOf(chart, all, wide, top) {
  const step = wide / all.length;
  return all.flatMap((slot, i) => {
    let y = HIGH;
    return chart.series.map((series) => {
      const high = (number(valueOf(series, slot)) / top) * (HIGH - 2);
      if (high <= 0) return null;
      y -= Math.max(high, 1);
      return draw('rect', {class: series.kind, x: (i * step + step * 0.1).toFixed(1), y: y.toFixed(1), width: (step * 0.8).toFixed(1), height: Math.max(high, 1).toFixed(1)});
    });
  });
}

/* A line from bucket to bucket, broken where there is none; a lone one is a dot. */
function linesOf(chart, all, wide, top) {
  const step = wide / all.length;
  return chart.series.flatMap((series) => {
    const runs = [[]];
    all.forEach((slot, i) => {
      const value = valueOf(series, slot);
      if (value === null || value === undefined) runs.push([]);
      else runs[runs.length - 1].push([(i + 0.5) * step, HIGH - 1 - (number(value) / top) * (HIGH - 4)].map((n) => n.toFixed(1)));
    });
    return runs.filter((run) => run.length).map((run) => (run.length === 1
      ? draw('circle', {class: series.kind, cx: run[0][0], cy: run[0][1], r: series.kind === 'p50' ? 2 : 2.5})
      : draw('polyline', {class: series.kind, points: run.map((p) => p.join(',')).join(' ')})));
  });
}

/* What the pointer finds over a bucket. */
function hints(chart, all, wide) {
  const step = wide / all.length;
  return all.map((slot, i) => slot.bucket && draw('rect', {class: 'hint', x: (i * step).toFixed(1), y: 0, width: step.toFixed(1), height: HIGH},
    draw('title', {}, clock(slot.time) + ': ' + chart.series.map((series) => series.label + ' ' + shown(chart, valueOf(series, slot))).join(', '))));
}

const shown = (chart, value) => (value === null || value === undefined ? 'none' : chart.text(value));

function stripes(id) {
  return draw('pattern', {id, width: 5, height: 5, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)'},
    draw('rect', {class: 'ground', width: 5, height: 5}), draw('rect', {class: 'line', width: 2, height: 5}));
}

function chartOf(chart, range, all, span) {
  const total = range.total || {};
  const top = highest(chart, all);
  const sums = chart.series.map((series) => [make('span', {class: 'key ' + series.kind, 'aria-hidden': 'true'}), ' ' + series.label + ' ', make('b', {}, shown(chart, series.of(total)))]);
  const wide = Math.max(120, $('charts').clientWidth > 900 ? ($('charts').clientWidth - 72) / 4 : $('charts').clientWidth > 520 ? ($('charts').clientWidth - 24) / 2 : $('charts').clientWidth) - 26;
  const words = chart.title + ', last ' + span + ': ' + chart.series.map((series) => series.label + ' ' + shown(chart, series.of(total))).join(', ') + '; at most ' + shown(chart, top) + ' at a time';
  const picture = draw('svg', {role: 'img', 'aria-label': words, viewBox: '0 0 ' + wide + ' ' + HIGH, height: HIGH, class: chart.id},
    draw('defs', {}, stripes('stripes-' + chart.id)),
    draw('line', {class: 'base', x1: 0, x2: wide, y1: HIGH - 0.5, y2: HIGH - 0.5}),
    top > 0 ? (chart.stacked ? barsOf : linesOf)(chart, all, wide, top) : null, hints(chart, all, wide));
  return make('figure', {}, make('figcaption', {}, make('b', {}, chart.title), make('span', {}, joinedBy(sums, ' '))), picture,
    make('p', {class: 'axis', 'aria-hidden': 'true'}, make('span', {}, span === 'hour' ? '60 min ago' : '24 h ago'), make('span', {}, top > 0 ? 'top ' + shown(chart, top) : 'nothing'), make('span', {}, 'now')));
}

const joinedBy = (parts, between) => parts.flatMap((part, i) => (i ? [between, part] : [part]));

const COLUMNS = [['Time', (b, time) => clock(time)], ['Requests', (b) => count(b.requests)], ['Cloud', (b) => count(b.cloud)], ['Local', (b) => count(b.local)],
  ['Fell back', (b) => count(b.fallbacks)], ['Errors', (b) => count(b.errors)],
  ['First content, half in', (b) => (b.ttft_p50_ms === null ? '' : duration(number(b.ttft_p50_ms)))], ['95 % in', (b) => (b.ttft_p95_ms === null ? '' : duration(number(b.ttft_p95_ms)))],
  ['Tokens, cloud', (b) => count(tokensOf(b, 'cloud'))], ['Tokens, local', (b) => count(tokensOf(b, 'local'))]];

function tableOf(all) {
  const rows = all.filter((slot) => slot.bucket).reverse();
  return [make('thead', {}, make('tr', {}, COLUMNS.map(([title]) => make('th', {scope: 'col'}, title)))),
    make('tbody', {}, rows.length ? rows.map((slot) => make('tr', {}, COLUMNS.map(([, of]) => make('td', {}, of(slot.bucket, slot.time))))) : make('tr', {}, make('td', {colspan: COLUMNS.length}, 'No request in this time.')))];
}

/* Drawn anew only when they would look otherwise: what the pointer has found stays. */
function showCharts(at, span, state) {
  const range = at[span] || {};
  const all = slots(range, span, Date.now());
  const told = JSON.stringify([range, span, all[0].time, $('charts').clientWidth, $('numbers').open]);
  if (state.chartsTold === told) return;
  state.chartsTold = told;
  $('charts').replaceChildren(...CHARTS.map((chart) => chartOf(chart, range, all, span)));
  if ($('numbers').open) $('table').replaceChildren(...tableOf(all));
}
