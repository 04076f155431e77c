/* What happened to one exchange, in sentences: the classes and reasons are told in the daemon's words. */

const SKIPPED = /^skipped-/;
const isSkip = (attempt) => SKIPPED.test(attempt.class);
const isOk = (attempt) => attempt.class === 'ok';

/* What a class, a reason or a skip means; null where the daemon has no word for it. */
function meaning(words, kind, word) {
  const table = (words && words[kind]) || {};
  const found = Object.hasOwn(table, word) ? table[word] : Object.hasOwn(table, word.replace(SKIPPED, '')) ? table[word.replace(SKIPPED, '')] : null;
  return found ? bare(found) : null;
}

/* ": what it means", or nothing. */
function because(words, kind, word) {
  const found = meaning(words, kind, word);
  return found ? ': ' + found : '';
}

function withModel(attempt) {
  return [attempt.model ? [' for ', name(attempt.model, 'model')] : '', attempt.key > 1 ? ' with its key ' + attempt.key : ''];
}

/* How one try began. before: the last one that was sent. */
function beginning(attempt, before) {
  const who = name(attempt.provider);
  const waited = number(attempt.queued_ms) > 0 ? ['All places at ', name(attempt.provider), ' were taken: the exchange waited ' + duration(attempt.queued_ms) + ' for one. '] : '';
  if (!before) return [waited, who, ' was asked', withModel(attempt), '.'];
  if (attempt.hedge) return [waited, who, ' was asked', withModel(attempt), ' beside ', name(before.provider), ', of which nothing had come yet.'];
  if (attempt.provider !== before.provider) return [waited, 'Then ', who, ' was asked', withModel(attempt), '.'];
  const pause = number(before.wait_ms) > 0 ? ' after a pause of ' + duration(before.wait_ms) : ' at once';
  return [waited, who, ' was asked again' + pause, attempt.key !== before.key || attempt.model !== before.model ? withModel(attempt) : '', '.'];
}

/* How it ended. x: its exchange. */
function ending(attempt, x, words) {
  if (isOk(attempt)) return null;
  const after = 'After ' + duration(number(attempt.ms)) + ' ';
  if (attempt.class === 'cancelled')
    return [after + (x.class === 'cancelled' ? 'it was stopped, since the app went away.' : 'it was stopped: another answer had begun.')];
  const what = attempt.status ? 'it answered with status ' + attempt.status + ', which is ' : 'it failed with ';
  return [after + what, make('b', {}, attempt.class), because(words, 'classes', attempt.class) + '.'];
}

/* How the whole of it ended. */
function verdict(x, words) {
  const tokens = [];
  if (number(x.prompt_tokens)) tokens.push(many(x.prompt_tokens, 'token') + ' read' + (number(x.cached_tokens) ? ' (' + count(x.cached_tokens) + ' of them from its cache)' : ''));
  if (number(x.completion_tokens)) tokens.push(many(x.completion_tokens, 'token') + ' written');
  if (x.class === 'ok')
    return [x.provider ? [name(x.provider), ' answered', x.model ? [' with ', name(x.model, 'model')] : ''] : 'It was answered', x.local ? ', on this machine or near it' : '',
      '. ', x.ttft_ms !== null && x.ttft_ms !== undefined ? 'The first content came after ' + duration(x.ttft_ms) + ', the end after ' : 'The end came after ',
      duration(number(x.duration_ms)) + '.', tokens.length ? [' ', joined(tokens), '.'] : ''];
  if (x.class === 'cancelled') return ['After ' + duration(number(x.duration_ms)) + ' the app went away before it had the whole answer.'];
  return ['After ' + duration(number(x.duration_ms)) + ' the app was told status ' + (x.status || 0) + ': ', make('b', {}, x.class), because(words, 'classes', x.class) + '.',
    number(x.ttft_ms) ? ' It had read a part of an answer by then.' : ''];
}

/* Who stands at the end though somebody else was asked first. */
function fallback(x, words) {
  if (!x.fallback) return null;
  return ['So it fell back', x.provider ? [' to ', name(x.provider)] : '', ', because of ', make('b', {}, x.fallback),
    because(words, SKIPPED.test(x.fallback) ? 'skips' : 'classes', x.fallback) + '.'];
}

/* [{at_ms, kind, parts}], in the order in which they happened. kind: the class of a try, or ''. */
function storyOf(x, words) {
  const lines = [];
  const tell = (at_ms, kind, parts) => parts && lines.push({at_ms, kind, parts});
  tell(0, '', [x.client ? name(x.client) : 'An app', ' asked for ', x.asked ? name(x.asked, 'model') : 'no model by its name', x.stream ? ', as a stream' : '', ' (', name(x.path), ').']);
  let before = null;
  for (const attempt of list(x.attempts)) {
    const start = number(attempt.start_ms);
    if (isSkip(attempt)) {
      tell(start, attempt.class, [name(attempt.provider), ' was passed over', because(words, 'skips', attempt.class) || [' (', attempt.class, ')'], '.']);
      continue;
    }
    tell(start, '', beginning(attempt, before));
    tell(start + number(attempt.ms), attempt.class, ending(attempt, x, words));
    if (attempt.reason && attempt.class !== 'cancelled') tell(start + number(attempt.ms), '', ['It was not asked again', because(words, 'reasons', attempt.reason) || [' (', attempt.reason, ')'], '.']);
    before = attempt;
  }
  if (number(x.attempts_left_out)) tell(number(x.duration_ms), '', [many(x.attempts_left_out, 'more try was', 'more tries were') + ' made, of which nothing is kept here.']);
  for (const tool of list(x.tools))
    tell(number(tool.start_ms), '', ['The tool ', name(tool.name), ' was called here for the model: ', tool.ok ? 'it answered' : ['no result (', make('b', {}, tool.end), ')'], ' after ' + duration(number(tool.ms)) + '.']);
  lines.sort((a, b) => a.at_ms - b.at_ms);
  tell(number(x.duration_ms), x.class, verdict(x, words));
  tell(number(x.duration_ms), '', fallback(x, words));
  return lines;
}
