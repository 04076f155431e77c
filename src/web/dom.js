'use strict';
/* Elements, and numbers and times as people read them. What was fetched becomes text, never HTML. */

const $ = (id) => document.getElementById(id);
const NAME_MOST = 80;
const SVG = 'http://www.w3.org/2000/svg';

/* make('p', {class: 'x', hidden: true}, 'text', node, ...): strings become text. */
function make(tag, attributes, ...inside) {
  return fill(document.createElement(tag), attributes, inside);
}

function draw(tag, attributes, ...inside) {
  return fill(document.createElementNS(SVG, tag), attributes, inside);
}

function fill(element, attributes, inside) {
  for (const [key, value] of Object.entries(attributes || {}))
    if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value === true ? '' : value);
  element.append(...inside.flat(9).filter((part) => part !== null && part !== undefined && part !== false));
  return element;
}

/* Texts are written only where they change, so that nothing is read out or selected anew. */
function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function show(element, visible) {
  element.hidden = !visible;
}

const list = (value) => (Array.isArray(value) ? value : []);
const number = (value) => (typeof value === 'number' && isFinite(value) ? value : 0);
const clip = (text, most) => (text.length > most ? text.slice(0, most) + '…' : text);

/* A name from outside: isolated, so that its direction stays its own, and cut when it is long. */
function name(text, more) {
  const whole = String(text);
  return make('bdi', {class: 'name' + (more ? ' ' + more : ''), title: whole.length > NAME_MOST ? clip(whole, 500) : null},
    clip(whole, NAME_MOST));
}

/* "840 ms", "2.3 s", "1 min 5 s", "3 h 2 min", "4 d 1 h" */
function duration(ms) {
  const s = ms / 1000;
  if (ms < 1000) return Math.round(ms) + ' ms';
  if (s < 59.95) return (s < 9.995 ? s.toFixed(2) : s.toFixed(1)).replace(/\.?0+$/, '') + ' s';
  const pair = (of, big, bigs, small, smalls) => {
    const rest = Math.floor((of % big) / small);
    return Math.floor(of / big) + ' ' + bigs + (rest ? ' ' + rest + ' ' + smalls : '');
  };
  if (s < 3600) return pair(Math.round(s), 60, 'min', 1, 's');
  return s < 86400 ? pair(s, 3600, 'h', 60, 'min') : pair(s, 86400, 'd', 3600, 'h');
}

const two = (n) => String(n).padStart(2, '0');

/* In the time zone of whoever looks; the whole one where it was not today. */
function clock(time) {
  const t = new Date(time);
  if (isNaN(t)) return '?';
  const hms = two(t.getHours()) + ':' + two(t.getMinutes()) + ':' + two(t.getSeconds());
  const day = t.getFullYear() + '-' + two(t.getMonth() + 1) + '-' + two(t.getDate());
  return t.toDateString() === new Date().toDateString() ? hms : day + ' ' + hms;
}

function when(time) {
  return make('time', {datetime: String(time), title: String(time)}, clock(time));
}

const count = (n) => number(n).toLocaleString('en');

/* 950, 12.3k, 4.1M */
function brief(n) {
  if (n < 1000) return String(n);
  const [by, unit] = n < 999950 ? [1000, 'k'] : [1000000, 'M'];
  return (n / by).toFixed(n / by < 99.95 ? 1 : 0).replace(/\.0$/, '') + unit;
}

const many = (n, one, more) => count(n) + ' ' + (n === 1 ? one : more || one + 's');

/* Parts with a comma between them, `and` before the last. */
function joined(parts) {
  return parts.flatMap((part, i) => [i === 0 ? '' : i === parts.length - 1 ? ' and ' : ', ', part]);
}

/* The sentence without its full stop. */
const bare = (text) => String(text).trim().replace(/\.$/, '');
