/* The route as a picture: one box a provider, in the order in which they are asked. */

const STATES = {ready: 'Ready', trial: 'On trial', out: 'Passed over', unused: 'Not asked'};

function keysOf(provider) {
  const keys = list(provider.keys);
  const aside = keys.filter((key) => key.set_aside);
  if (!keys.length) return null;
  if (!aside.length) return keys.length === 1 ? null : many(keys.length, 'key') + ' in use';
  return aside.map((key) => ['key ' + key.n + ' of ' + keys.length + ' is set aside (', name(key.class || '?'), key.until ? [') until ', when(key.until)] : ')']).flatMap((one, i) => [i ? '; ' : '', one]);
}

function triesOf(provider) {
  const ends = Object.entries(provider.attempts || {}).filter(([, n]) => number(n) > 0);
  if (!ends.length) return 'not asked since the start';
  return joined(ends.map(([word, n]) => [count(n) + ' ', name(word)]));
}

function facts(provider) {
  const rows = [];
  const row = (label, ...value) => rows.push(make('dt', {}, label), make('dd', {}, ...value));
  if (provider.breaker !== 'closed') row('breaker', provider.breaker + (number(provider.retry_in_ms) ? ', the next try in ' + duration(provider.retry_in_ms) : ''));
  const keys = keysOf(provider);
  if (keys) row('keys', keys);
  row('tries', triesOf(provider));
  if (number(provider.inflight) || number(provider.max_inflight)) row('under way', count(provider.inflight) + (number(provider.max_inflight) ? ' of at most ' + count(provider.max_inflight) : ''));
  if (provider.usual_ttft_ms !== null && provider.usual_ttft_ms !== undefined) row('first content', 'after ' + duration(provider.usual_ttft_ms) + ', usually');
  if (provider.last_success) row('last success', when(provider.last_success));
  if (provider.last_error) row('last error', name(provider.last_error.class), provider.last_error.status ? ' (' + provider.last_error.status + ')' : '', ' at ', when(provider.last_error.time));
  return make('dl', {}, rows);
}

function boxOf(provider) {
  const state = provider.state;
  const says = provider.says || provider.skipped || '';
  const parts = [provider.is_local ? 'local' : '', provider.type && provider.type !== provider.name ? provider.type : '', provider.in_messages && !provider.in_route ? 'for Messages only' : ''];
  return make('li', {class: 'box ' + state + (provider.is_local ? ' local' : '')}, make('div', {class: 'card'},
    make('h3', {}, name(provider.name)),
    make('p', {class: 'state'}, make('b', {}, STATES[state]), state === 'out' && says ? [': ', bare(says)] : ''),
    make('p', {class: 'address'}, parts.filter(Boolean).map((part) => [make('span', {class: 'tag'}, part), ' ']), name(provider.base_url || '', 'address')),
    facts(provider)));
}

/* The boxes are made anew only when what they say has changed. */
function showRoute(at, state) {
  const providers = list(at.providers);
  const told = JSON.stringify(providers);
  if (state.routeTold === told) return;
  state.routeTold = told;
  const inRoute = providers.filter((p) => p.in_route);
  const others = providers.filter((p) => !p.in_route);
  $('route').replaceChildren(make('li', {class: 'box app'}, make('div', {class: 'card'}, make('h3', {}, 'Your app'))), ...inRoute.map(boxOf));
  $('others').replaceChildren(...others.map(boxOf));
  show($('elsewhere'), others.length > 0);
}

/* The first thing that one reads: is all well, and if not, what is done about it? */
function headlineOf(at) {
  const route = list(at.providers).filter((p) => p.in_route);
  const first = route.find((p) => p.can_be_tried);
  if (at.status === 'draining') return ['It is ending: what is under way is finished, nothing new is taken.'];
  if (!route.length) return ['Nobody is in the route: see ', make('code', {}, 'understudy check'), '.'];
  if (!first) return ['Nobody can be asked now.', at.online ? '' : ' The machine is offline.'];
  const passed = route.slice(0, route.indexOf(first));
  const where = [at.online ? '' : 'The machine is offline. ', at.local ? 'Nothing leaves this machine now (understudy local on). ' : ''];
  if (!passed.length) return [where, name(first.name), ' is on stage.'];
  return [where, name(first.name), ' is on stage in place of ', joined(passed.map((p) => name(p.name))), '.'];
}

function showState(at, state) {
  say($('version'), at.version || '');
  $('headline').replaceChildren(...[headlineOf(at)].flat(9).filter(Boolean));
  $('headline').className = list(at.providers).some((p) => p.in_route && p.can_be_tried) ? '' : 'alarm';
  say($('totals'), [many(at.requests, 'request'), many(at.fallbacks, 'fallback'), many(at.retries, 'retry', 'retries') + ' since the start', many(at.inflight, 'exchange') + ' under way', many(at.open_streams, 'open stream')].join(' · '));
  $('standin').replaceChildren(...(at.standin
    ? ['If the others fail now, it is the turn of ', name(at.standin.provider), at.standin.model ? [' with ', name(at.standin.model, 'model')] : '', at.standin.why ? [': ', bare(at.standin.why)] : '', '.']
    : ['Nobody would stand in now.']).flat(9));
  showRoute(at, state);
}
