/* What comes in: the facts once, then events, by fetch, since EventSource cannot send a token. */

const SILENCE_MS = 45000; /* a comment comes every 15 s */
const PAUSE_MOST_MS = 30000;
const TOKEN = 'understudy-token';
const BASE = location.pathname.replace(/\/+$/, '');

/* Where the browser keeps nothing, the token lives as long as the page. */
const tokens = {
  kept: null,
  get() {
    try { return sessionStorage.getItem(TOKEN) || this.kept; } catch { return this.kept; }
  },
  set(token) {
    this.kept = token;
    try { if (token) sessionStorage.setItem(TOKEN, token); else sessionStorage.removeItem(TOKEN); } catch { /* it is kept above */ }
  },
};

function ask(path, more, signal) {
  const headers = {...more};
  if (tokens.get()) headers.Authorization = 'Bearer ' + tokens.get();
  return fetch(BASE + path, {headers, signal, cache: 'no-store', credentials: 'omit', redirect: 'error'});
}

/* Server-sent events (html.spec.whatwg.org, 9.2.6), whatever pieces they come in: feed(text) calls on({event, data, id}). */
function eventReader(on) {
  let rest = '', event = '', data = [], id = null;
  const line = (text) => {
    if (text === '') {
      if (data.length) on({event: event || 'message', data: data.join('\n'), id});
      event = '';
      data = [];
      return;
    }
    const colon = text.indexOf(':');
    const field = colon < 0 ? text : text.slice(0, colon);
    const value = colon < 0 ? '' : text.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') event = value;
    else if (field === 'data') data.push(value);
    else if (field === 'id') id = value;
    else if (field === 'retry' && /^\d+$/.test(value)) on({event: 'retry', data: value});
  };
  return (text) => {
    const lines = (rest + text).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop();
    lines.forEach(line);
  };
}

/* Reads until its end; gives up after a silence that is no pause any more. */
async function readEvents(response, feed, control) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const timer = setTimeout(() => control.abort(), SILENCE_MS);
    try {
      const {value, done} = await reader.read();
      if (done) return;
      feed(value);
    } finally {
      clearTimeout(timer);
    }
  }
}

/*
 * Follows for ever. on: {open(), facts(json), event(e), down(wait_ms, why), token() -> promise, last() -> id or null}. The
 * stream is opened first and the facts are fetched then, so that nothing falls between the two; where there is no stream the facts are
 * fetched again and again.
 */
async function follow(on) {
  const line = {pause_ms: 1000, wake: null, retry_ms: 1000};
  on.line = line;
  for (;;) {
    const control = new AbortController();
    let why = '';
    try {
      const last = on.last();
      const response = await ask('/events', {Accept: 'text/event-stream', ...(last ? {'Last-Event-ID': last} : {})}, control.signal);
      if (response.status === 401) {
        control.abort();
        await on.token();
        continue;
      }
      const facts = await ask('.json', {Accept: 'application/json'}, control.signal);
      if (!facts.ok) throw new Error('status ' + facts.status);
      on.facts(await facts.json());
      if (!response.ok) throw new Error('status ' + response.status + ' for events');
      line.pause_ms = line.retry_ms;
      on.open();
      await readEvents(response, eventReader((event) => (event.event === 'retry' ? (line.pause_ms = line.retry_ms = Math.min(Number(event.data), PAUSE_MOST_MS)) : on.event(event))), control);
    } catch (error) {
      why = /^status/.test(error.message) ? error.message : '';
    }
    control.abort();
    const wait_ms = Math.min(line.pause_ms * (0.75 + Math.random() / 2), PAUSE_MOST_MS);
    on.down(wait_ms, why);
    await new Promise((resolve) => { line.wake = resolve; setTimeout(resolve, wait_ms); });
    line.pause_ms = Math.min(line.pause_ms * 2, PAUSE_MOST_MS);
  }
}
