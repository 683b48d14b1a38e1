window.shuke = (function (window, document) {
'use strict';
var texts = null;
var starters = [];
function word(key) {
if (!texts) {
try { texts = JSON.parse(document.body.getAttribute('data-words')) || {}; } catch (ignore) { texts = {}; }
}
return texts[key] || '';
}

function all(selector, root) {
return Array.prototype.slice.call((root || document).querySelectorAll(selector));
}

function matches(element, selector) {
var test = element.matches || element.msMatchesSelector || element.webkitMatchesSelector;
return !!test && test.call(element, selector);
}
function around(element, selector) {
while (element && element.nodeType === 1) {
if (matches(element, selector)) { return element; }
element = element.parentNode;
}
return null;
}

function make(name, attributes, text) {
var element = document.createElement(name);
Object.keys(attributes || {}).forEach(function (key) { element.setAttribute(key, attributes[key]); });
if (text) { element.textContent = text; }
return element;
}

function drop(element) {
if (element && element.parentNode) { element.parentNode.removeChild(element); }
}
function focusHere(element) {
var x = window.pageXOffset;
var y = window.pageYOffset;
element.focus();
window.scrollTo(x, y);
}
function posts(form) {
return (form.getAttribute('method') || '').toLowerCase() === 'post';
}

function start(root) {
starters.forEach(function (starter) {
if (root.nodeType === 1 && matches(root, starter.selector)) { starter.begin(root); }
all(starter.selector, root).forEach(starter.begin);
});
}
function each(selector, begin) {
starters.push({
selector: selector,
begin: function (element) {
var mark = 'started ' + selector;
element.shuke = element.shuke || {};
if (!element.shuke[mark]) { element.shuke[mark] = true; begin(element); }
}
});
}
function on(type, selector, handle) {
document.addEventListener(type, function (event) {
var element = around(event.target, selector);
if (element) { handle(event, element); }
});
}
function store(kind) {
return {
get: function (key) { try { return window[kind].getItem(key); } catch (ignore) { return null; } },
set: function (key, value) { try { window[kind].setItem(key, value); } catch (ignore) { return; } },
drop: function (key) { try { window[kind].removeItem(key); } catch (ignore) { return; } }
};
}
document.addEventListener('keydown', function (event) {
if (event.isComposing || event.keyCode === 229) { event.stopImmediatePropagation(); }
}, true);
each('.no-js-only', drop);

document.addEventListener('DOMContentLoaded', function () { start(document); });
document.addEventListener('htmx:load', function (event) { start(event.detail.elt); });

return {
word: word, all: all, matches: matches, around: around, make: make, drop: drop, focusHere: focusHere, each: each,
on: on, posts: posts,
local: store('localStorage'), session: store('sessionStorage')
};
}(window, document));
(function (shuke, document) {
'use strict';
function visible() {
var head = document.querySelector('#box .box-paper .box-head');
var place = document.getElementById('box-messages');
if (head && !place) {
place = shuke.make('div', { id: 'box-messages', role: 'status' });
head.parentNode.insertBefore(place, head.nextSibling);
}
return (head && place) || document.getElementById('messages');
}
shuke.showMessages = function () {
var source = document.getElementById('messages');
var place = visible();
if (source && place !== source && source.firstChild) {
place.innerHTML = '';
while (source.firstChild) { place.appendChild(source.firstChild); }
}
};

shuke.say = function (text, category) {
var place = visible();
var message = shuke.make('p', { 'class': 'message ' + (category || 'done') }, text);
if (place) {
place.innerHTML = '';
place.appendChild(message);
if (place.getBoundingClientRect().top < 0 && place.scrollIntoView) { place.scrollIntoView(); }
}
return message;
};
document.addEventListener('htmx:beforeSwap', function (event) {
var status = event.detail.xhr.status;
if (status === 422 || status === 409 || event.detail.xhr.getResponseHeader('HX-Reswap') === 'none') {
event.detail.shouldSwap = true;
event.detail.isError = false;
}
});
document.addEventListener('htmx:beforeOnLoad', function (event) {
var token = event.detail.xhr.getResponseHeader('X-Form-Token');
if (!token) { return; }
document.body.setAttribute('hx-headers', JSON.stringify({ 'X-CSRFToken': token }));
shuke.all('input[name=csrf_token]').forEach(function (input) { input.value = token; });
});

document.addEventListener('htmx:responseError', function () { shuke.say(shuke.word('refused'), 'error'); });
document.addEventListener('htmx:sendError', function () { shuke.say(shuke.word('offline'), 'error'); });
document.addEventListener('htmx:timeout', function () { shuke.say(shuke.word('offline'), 'error'); });
shuke.each('[data-focus]', function (element) { element.focus(); });
shuke.on('click', '.errors a', function (event, link) {
var field = document.getElementById(link.getAttribute('href').slice(1));
if (field && field.focus) {
event.preventDefault();
if (field.hasAttribute('role')) { field = field.querySelector('input') || field; }
field.focus();
}
});
}(window.shuke, document));
(function (shuke, document) {
'use strict';
var KEY = 'shuke folded';
var SCROLL = 'shuke menu scroll';

function folded() {
return (shuke.local.get(KEY) || '').split(' ').filter(Boolean);
}

function show(group, isFolded) {
group.classList[isFolded ? 'add' : 'remove']('folded');
group.querySelector('.fold').setAttribute('aria-expanded', isFolded ? 'false' : 'true');
}

function remember(key, isFolded) {
var keys = folded().filter(function (other) { return other !== key; });
if (isFolded) { keys.push(key); }
shuke.local.set(KEY, keys.join(' '));
}

shuke.each('.menu-group', function (group) {
var heading = group.querySelector('h2');
var key = group.getAttribute('data-group');
var button = shuke.make('button', {
type: 'button', 'class': 'fold', 'aria-controls': group.querySelector('ul').id
}, heading.textContent);
heading.textContent = '';
heading.appendChild(button);
show(group, !group.hasAttribute('data-current') && folded().indexOf(key) >= 0);
button.addEventListener('click', function () {
var next = !group.classList.contains('folded');
show(group, next);
remember(key, next);
});
});
shuke.each('#menu', function (menu) {
var current = menu.querySelector('.current');
menu.scrollTop = Number(shuke.session.get(SCROLL)) || 0;
if (current) {
var place = current.getBoundingClientRect();
var frame = menu.getBoundingClientRect();
if (place.bottom > frame.bottom) { menu.scrollTop += place.bottom - frame.bottom + 40; }
if (place.top < frame.top) { menu.scrollTop -= frame.top - place.top + 40; }
}
menu.addEventListener('scroll', function () { shuke.session.set(SCROLL, menu.scrollTop); });
});

function drawer(open) {
var menu = document.getElementById('menu');
var link = document.querySelector('.menu-link');
menu.classList[open ? 'add' : 'remove']('open');
link.setAttribute('aria-expanded', open ? 'true' : 'false');
if (open) { menu.focus(); } else { link.focus(); }
}

shuke.each('.menu-link', function (link) {
link.setAttribute('role', 'button');
link.setAttribute('aria-expanded', 'false');
link.setAttribute('aria-controls', 'menu');
});
shuke.on('click', '.menu-link', function (event) { event.preventDefault(); event.stopPropagation(); drawer(true); });
document.addEventListener('click', function (event) {
var menu = document.getElementById('menu');
if (menu && menu.classList.contains('open') && !shuke.around(event.target, '#menu, .menu-link')) { drawer(false); }
});
document.addEventListener('keydown', function (event) {
var menu = document.getElementById('menu');
if ((event.key === 'Esc' || event.key === 'Escape') && menu && menu.classList.contains('open')) { drawer(false); }
});
}(window.shuke, document));
(function (shuke, window, document) {
'use strict';
var KEY = 'shuke draft';
var leaving = false;

function controls(form) {
return shuke.all('input, select, textarea', form).filter(function (control) {
return control.name && ['hidden', 'password', 'file', 'submit', 'button'].indexOf(control.type) < 0;
});
}

function values(form) {
return controls(form).map(function (control) {
if (control.type === 'checkbox' || control.type === 'radio') {
return [control.name, control.value, control.checked];
}
if (control.type === 'select-multiple') {
return [control.name, shuke.all('option', control).map(function (option) { return option.selected; })];
}
return [control.name, control.value];
});
}

function isDirty(form) {
return form.shuke && form.shuke.first !== undefined && !form.shuke.sent &&
(form.shuke.changed || JSON.stringify(values(form)) !== form.shuke.first);
}

function hasDirtyForm(root) {
return shuke.all('form[data-guard]', root).some(isDirty);
}

function storeDraft(form) {
var box = shuke.around(form, '#box');
shuke.session.set(KEY, JSON.stringify({
box: (box && box.getAttribute('data-address')) || '',
person: document.body.getAttribute('data-person'), path: window.location.pathname + window.location.search,
action: form.getAttribute('action') || '', values: values(form)
}));
}

function same(control, value) {
return control.name === value[0] &&
(value.length < 3 ? control.type !== 'checkbox' && control.type !== 'radio' : control.value === value[1]);
}
function addRows(form, rows) {
rows.concat([['recount', '1']]).forEach(function (value) {
form.appendChild(shuke.make('input', { type: 'hidden', name: value[0], value: value[1] }));
});
form.shuke.sent = true;
form.submit();
}

function fillForm(form, saved) {
var free = controls(form);
var rows = [];
saved.forEach(function (value) {
var control = free.filter(function (each) { return same(each, value); })[0];
if (!control && /^lines-\d+-/.test(value[0])) { rows.push(value); }
if (!control) { return; }
free.splice(free.indexOf(control), 1);
if (value.length === 3) {
control.checked = value[2];
} else if (control.type === 'select-multiple') {
shuke.all('option', control).forEach(function (option, n) { option.selected = !!value[1][n]; });
} else {
control.value = value[1];
}
});
form.shuke.changed = true;
if (rows.length) { addRows(form, rows); }
}

function offerDraft(draft) {
var message = shuke.say(shuke.word('kept') + ' ', 'warning');
var discard = shuke.make('button', { type: 'button', 'class': 'link' }, shuke.word('discard'));
message.appendChild(shuke.make('a', { href: draft.path }, shuke.word('back_to_form')));
message.appendChild(document.createTextNode(' · '));
message.appendChild(discard);
discard.addEventListener('click', function () { shuke.session.drop(KEY); shuke.drop(message); });
}

function restore() {
var draft = null;
try { draft = JSON.parse(shuke.session.get(KEY)); } catch (ignore) { draft = null; }
var person = document.body.getAttribute('data-person');
if (!draft) { return; }
if (person === null) { /* the login page */
draft.lost = true;
shuke.session.set(KEY, JSON.stringify(draft));
return;
}
if (!draft.lost || draft.person !== person) { shuke.session.drop(KEY); return; }
var form = formOf(draft, document);
if (draft.path !== window.location.pathname + window.location.search) {
if (form) { shuke.session.drop(KEY); } else { offerDraft(draft); } /* the server has shown it again */
return;
}
if (!form && draft.box && window.htmx) { openBox(draft); return; }
if (!form) { offerDraft(draft); return; }
restoreInput(form, draft);
}

function formOf(draft, root) {
return shuke.all('form[data-guard]', root).filter(function (each) {
return (each.getAttribute('action') || '') === draft.action;
})[0];
}

function restoreInput(form, draft) {
shuke.session.drop(KEY);
fillForm(form, draft.values);
shuke.say(shuke.word('restored'), 'warning');
}
function openBox(draft) {
var waiting = true;
document.addEventListener('htmx:afterSettle', function (event) {
var form = waiting && event.detail.target && event.detail.target.id === 'box' && formOf(draft, event.detail.target);
if (form) { waiting = false; restoreInput(form, draft); }
});
window.htmx.ajax('GET', draft.box, { target: '#box', swap: 'innerHTML' });
}

shuke.each('form[data-guard]', function (form) {
form.shuke.first = JSON.stringify(values(form));
form.shuke.changed = !!form.querySelector('[aria-invalid]');
});

document.addEventListener('submit', function (event) {
var form = event.target;
if (!event.defaultPrevented && form.hasAttribute('data-guard')) {
storeDraft(form);
form.shuke.sent = true;
}
});
document.addEventListener('htmx:beforeOnLoad', function (event) {
if (event.detail.xhr.getResponseHeader('HX-Redirect')) {
shuke.all('form[data-guard]').filter(isDirty).forEach(storeDraft);
leaving = true;
}
});

window.addEventListener('beforeunload', function (event) {
if (!leaving && hasDirtyForm(document)) {
event.returnValue = shuke.word('leave');
return event.returnValue;
}
return undefined;
});
window.addEventListener('pageshow', function () {
leaving = false;
shuke.all('form[data-guard]').forEach(function (form) { if (form.shuke) { form.shuke.sent = false; } });
});
document.addEventListener('DOMContentLoaded', restore);
document.addEventListener('click', function (event) {
var link = event.target.nodeType === 1 && shuke.around(event.target, '[data-leaves]');
if (link && hasDirtyForm(document) && !window.confirm(shuke.word('leave'))) {
event.preventDefault();
event.stopPropagation();
}
}, true);
shuke.mayLeave = function (root) {
return !hasDirtyForm(root) || window.confirm(shuke.word('leave'));
};
}(window.shuke, window, document));
(function (shuke, window, document) {
'use strict';
var AGAIN_MS = 15000; /* for answers that are files: the page stays, and so must the button */

function free(form) {
form.removeAttribute('aria-busy');
form.classList.remove('busy');
}

function take(form) {
form.setAttribute('aria-busy', 'true');
form.classList.add('busy');
window.setTimeout(function () { free(form); }, AGAIN_MS);
}

document.addEventListener('submit', function (event) {
if (event.target.getAttribute('aria-busy') === 'true') {
event.preventDefault();
event.stopPropagation();
}
}, true);

document.addEventListener('submit', function (event) {
var form = event.target;
if (!event.defaultPrevented && shuke.posts(form) && !form.getAttribute('target')) { take(form); }
});

document.addEventListener('htmx:beforeRequest', function (event) {
var form = event.detail.elt;
if (form.tagName === 'FORM' && shuke.posts(form)) { take(form); }
});
document.addEventListener('htmx:afterRequest', function (event) {
if (event.detail.elt.tagName === 'FORM') { free(event.detail.elt); }
});
window.addEventListener('pageshow', function () { shuke.all('form[aria-busy]').forEach(free); });
}(window.shuke, window, document));
(function (shuke, document) {
'use strict';
var STILL = 4; /* pixels that a hand trembles */
shuke.pressed = { target: null, element: null, x: 0, y: 0 };

document.addEventListener('mousedown', function (event) {
var element = event.button === 0 ? shuke.around(event.target, 'a[href], button') : null;
shuke.pressed = { target: event.target, element: element, x: event.clientX, y: event.clientY };
}, true);

document.addEventListener('mouseup', function (event) {
var pressed = shuke.pressed;
var element = pressed.element;
if (!element || element.contains(event.target) || !document.body.contains(element)) { return; }
if (Math.abs(event.clientX - pressed.x) > STILL || Math.abs(event.clientY - pressed.y) > STILL) { return; }
element.click();
}, true);
}(window.shuke, document));
(function (shuke, htmx, document) {
'use strict';
var FOCUSABLE = 'a[href], button, input:not([type=hidden]), select, textarea, [tabindex="0"]';
var opener = null;
var closing = false;
var told = false; /* the answer brought messages */

function layer() { return document.getElementById('box'); }
function isOpen() { return !!layer() && !layer().hasAttribute('hidden'); }

function stops() {
return shuke.all(FOCUSABLE, layer()).filter(function (element) {
return !element.disabled && element.offsetWidth > 0;
});
}
function cover(on) {
shuke.all('.skip, #top, #menu, #main .head, #content').forEach(function (part) {
['aria-hidden', 'inert'].forEach(function (name) {
if (on) { part.setAttribute(name, 'true'); } else { part.removeAttribute(name); }
});
});
}

function empty() {
cover(false);
layer().setAttribute('hidden', '');
layer().innerHTML = '';
document.body.classList.remove('box-open');
}
function back() {
var title = document.querySelector('#main h1');
if (!opener || opener === document.body) { return; }
if (document.body.contains(opener)) {
opener.focus();
} else if (title) {
title.setAttribute('tabindex', '-1');
shuke.focusHere(title);
}
}

function close() {
if (!isOpen()) { return; }
empty();
back();
opener = null;
}
function enhance(form) {
var verb = shuke.posts(form) ? 'hx-post' : 'hx-get';
if (form.hasAttribute('hx-post') || form.hasAttribute('hx-get') || form.hasAttribute('data-plain')) { return; }
form.setAttribute(verb, form.getAttribute('action') || layer().getAttribute('data-address') || '');
form.setAttribute('hx-target', '#box');
if (form.getAttribute('enctype')) { form.setAttribute('hx-encoding', form.getAttribute('enctype')); }
htmx.process(form);
}

function dress() {
var paper = shuke.make('div', { 'class': 'box-paper', role: 'dialog', 'aria-modal': 'true' });
var box = layer();
while (box.firstChild) { paper.appendChild(box.firstChild); }
box.appendChild(paper);
var title = paper.querySelector('h2, h1');
if (title) {
title.id = title.id || 'box-title';
paper.setAttribute('aria-labelledby', title.id);
}
shuke.all('form', paper).forEach(enhance);
}
function toFill(box) {
return shuke.all('.box-body .control[aria-required=true]', box).filter(function (field) { return !field.value; })[0];
}

function open() {
var box = layer();
if (!isOpen()) {
opener = document.activeElement;
box.removeAttribute('hidden');
document.body.classList.add('box-open');
cover(true);
}
dress();
var first = box.querySelector('[data-focus], [autofocus]') || toFill(box) ||
box.querySelector('.box-body .control, .box-body input:not([type=hidden])') ||
box.querySelector('.box-body button, .box-body a') || stops()[0];
if (first) { first.focus(); }
}

document.addEventListener('box-close', function () { closing = isOpen(); if (closing) { layer().style.display = 'none'; } });

document.addEventListener('htmx:afterSwap', function (event) {
if (event.detail.target !== layer()) { return; }
var path = event.detail.pathInfo;
if (path && event.detail.requestConfig.verb === 'get') {
layer().setAttribute('data-address', path.finalRequestPath || path.requestPath);
}
if (!closing && layer().textContent.trim()) { open(); }
});
document.addEventListener('htmx:oobAfterSwap', function (event) {
told = told || event.detail.target.id === 'messages';
});
document.addEventListener('htmx:afterRequest', function () {
if (told && !closing && isOpen()) { shuke.showMessages(); }
told = false;
if (closing) { closing = false; layer().style.display = ''; close(); }
});

shuke.on('click', '#box [data-close], #box [data-cancel]', function (event) {
event.preventDefault();
if (shuke.mayLeave(layer())) { close(); }
});
shuke.on('click', '#box', function (event, box) {
if (event.target === box && shuke.pressed.target === box && shuke.mayLeave(box)) { close(); }
});

document.addEventListener('keydown', function (event) {
if (!isOpen() || event.defaultPrevented) { return; }
if (event.key === 'Esc' || event.key === 'Escape') {
if (shuke.mayLeave(layer())) { close(); }
} else if (event.key === 'Tab') {
var all = stops();
var last = all[all.length - 1];
var edge = event.shiftKey ? all[0] : last;
if (all.length && (document.activeElement === edge || !layer().contains(document.activeElement))) {
event.preventDefault();
(event.shiftKey ? last : all[0]).focus();
}
}
});

shuke.closeBox = close;
}(window.shuke, window.htmx, document));
(function (shuke) {
'use strict';

function boxes(form) { return shuke.all('input[name=ids]', form); }

function count(form) {
var every = boxes(form);
var ticked = every.filter(function (box) { return box.checked; });
var all = form.querySelector('[data-tick-all]');
var bar = form.querySelector('[data-bulk]');
var taken = form.querySelector('input[name=all]');
every.forEach(function (box) {
var row = shuke.around(box, 'tr');
if (row) { row.classList[box.checked ? 'add' : 'remove']('ticked'); }
});
if (all) {
all.checked = every.length > 0 && ticked.length === every.length;
all.indeterminate = ticked.length > 0 && ticked.length < every.length;
}
if (bar) {
bar.classList[ticked.length || (taken && taken.checked) ? 'add' : 'remove']('some');
var text = bar.querySelector('[data-bulk-count]');
if (text) { text.textContent = ticked.length ? shuke.word('ticked').replace('{n}', ticked.length) : ''; }
}
}

shuke.on('change', 'input[name=ids], input[name=all], [data-tick-all]', function (event, box) {
var form = shuke.around(box, 'form');
if (!form) { return; }
if (box.hasAttribute('data-tick-all')) {
boxes(form).forEach(function (each) { each.checked = box.checked; });
}
count(form);
});
shuke.each('form.bulk-form', count);
}(window.shuke));
(function (shuke, document) {
'use strict';
shuke.on('click', '[data-refresh]', function (event, element) {
var id = element.getAttribute('data-refresh');
var picture = id ? document.getElementById(id) : element;
if (picture && picture.src) {
event.preventDefault();
picture.src = picture.src.replace(/[?&]again=\d+/, '') +
(picture.src.indexOf('?') < 0 || /\?again=/.test(picture.src) ? '?' : '&') + 'again=' + new Date().getTime();
}
});
}(window.shuke, document));
(function (shuke) {
'use strict';

function two(number) { return (number < 10 ? '0' : '') + Number(number); }
function narrow(text) {
return text.replace(/[\uff01-\uff5e]/g, function (character) {
return String.fromCharCode(character.charCodeAt(0) - 0xfee0);
}).replace(/\u3000/g, ' ').trim();
}

function valid(year, month, day) {
var date = new Date(year, month - 1, day);
return date.getFullYear() === year && date.getMonth() === month - 1 && date.getDate() === day;
}
var COMPACT = /^()(\d{4}|[01]\d{2})(\d{2})(\d{2})(?:[T ]+(\d{1,2})[:.](\d{2}))?$/;
var PARTED = /^(?:中華|中华)?(民[國国] ?)?(\d{1,4}) ?[\-\/.年 ] ?(\d{1,2}) ?[\-\/.月 ] ?(\d{1,2}) ?[日號号]?(?:[T ]+(\d{1,2})[:.](\d{2}))?$/;
function yearOf(republic, digits) {
if (republic || digits.length === 3) { return Number(digits) + 1911; }
return digits.length === 4 ? Number(digits) : 0;
}

shuke.dates = {
iso: function (date) {
return ('000' + date.getFullYear()).slice(-4) + '-' + two(date.getMonth() + 1) + '-' + two(date.getDate());
},
read: function (text) {
var typed = narrow(text);
var parts = COMPACT.exec(typed) || PARTED.exec(typed);
var year, hour, minute;
if (!parts) { return null; }
year = yearOf(parts[1], parts[2]);
if (year < 1800 || !valid(year, Number(parts[3]), Number(parts[4]))) { return null; }
hour = Number(parts[5]);
minute = Number(parts[6] || 0);
if (parts[5] && (hour > 23 || minute > 59)) { return null; }
return {
date: new Date(year, parts[3] - 1, Number(parts[4])),
time: parts[5] ? two(hour) + ':' + two(minute) : ''
};
},
write: function (found, withTime, without) {
return shuke.dates.iso(found.date) + (withTime ? ' ' + (found.time || without || '09:00') : '');
}
};

shuke.on('change', '[data-date], [data-datetime]', function (event, input) {
var found = shuke.dates.read(input.value);
var withTime = input.hasAttribute('data-datetime');
if (found && (withTime || !found.time)) { input.value = shuke.dates.write(found, withTime, input.getAttribute('data-datetime')); }
});
}(window.shuke));
(function (shuke) {
'use strict';
shuke.on('change', '[data-suggestion] .control', function (event, input) {
var suggested = shuke.around(input, '[data-suggestion]').querySelector('[name=suggested]');
if (suggested) { suggested.value = ''; }
});
}(window.shuke));
(function (shuke, document, window) {
'use strict';
var open = null; /* {input, button, panel, day, time} */

function button(text, label, handle) {
var made = shuke.make('button', { type: 'button', 'aria-label': label, title: label }, text);
made.addEventListener('click', handle);
return made;
}

function close(back) {
if (!open) { return; }
var was = open;
open = null;
shuke.drop(was.panel);
was.button.setAttribute('aria-expanded', 'false');
if (back) { was.input.focus(); }
}

function tell(input) {
var event = document.createEvent('Event');
event.initEvent('change', true, false);
input.dispatchEvent(event);
}

function take(date) {
var time = open.time ? open.time.value : '';
var input = open.input;
input.value = date ? shuke.dates.write({ date: date, time: time }, !!open.time) : '';
close(true);
tell(input);
}

function moved(date, months, days) {
var next = new Date(date.getFullYear(), date.getMonth() + months, 1);
var last = new Date(next.getFullYear(), next.getMonth() + 1, 0).getDate();
next.setDate(Math.min(date.getDate(), last));
next.setDate(next.getDate() + days);
return next;
}

function cell(date, chosen) {
var iso = shuke.dates.iso(date);
var names = [];
if (date.getMonth() !== open.day.getMonth()) { names.push('other'); }
if (iso === shuke.dates.iso(new Date())) { names.push('today'); }
if (iso === chosen) { names.push('chosen'); }
var day = shuke.make('button', {
type: 'button', 'class': names.join(' '), 'aria-label': iso, 'data-day': iso,
tabindex: iso === shuke.dates.iso(open.day) ? '0' : '-1'
}, String(date.getDate()));
if (iso === chosen) { day.setAttribute('aria-pressed', 'true'); }
day.addEventListener('click', function () { take(date); });
return day;
}

function month() {
var table = shuke.make('table', { 'aria-label': shuke.dates.iso(open.day).slice(0, 7) });
var head = table.appendChild(shuke.make('thead')).appendChild(shuke.make('tr'));
var body = table.appendChild(shuke.make('tbody'));
var found = shuke.dates.read(open.input.value);
var chosen = found ? shuke.dates.iso(found.date) : '';
var date = new Date(open.day.getFullYear(), open.day.getMonth(), 1);
shuke.word('weekdays').split(' ').forEach(function (name) { head.appendChild(shuke.make('th', { scope: 'col' }, name)); });
date.setDate(1 - (date.getDay() + 6) % 7); /* weeks begin on Monday */
for (var week = 0; week < 6; week += 1) {
var row = body.appendChild(shuke.make('tr'));
for (var day = 0; day < 7; day += 1) {
row.appendChild(shuke.make('td')).appendChild(cell(new Date(date.getTime()), chosen));
date.setDate(date.getDate() + 1);
}
}
return table;
}

function show(day, focus) {
open.day = day;
open.title.textContent = shuke.dates.iso(day).slice(0, 7);
open.grid.innerHTML = '';
open.grid.appendChild(month());
if (focus) { open.grid.querySelector('[tabindex="0"]').focus(); }
}

function keys(event) {
var weekday = (open.day.getDay() + 6) % 7;
var steps = {
ArrowLeft: [0, -1], Left: [0, -1], ArrowRight: [0, 1], Right: [0, 1], ArrowUp: [0, -7], Up: [0, -7],
ArrowDown: [0, 7], Down: [0, 7], PageUp: [-1, 0], PageDown: [1, 0], Home: [0, -weekday], End: [0, 6 - weekday]
};
var step = steps[event.key];
if (event.key === 'Esc' || event.key === 'Escape') {
event.preventDefault();
event.stopPropagation();
close(true);
} else if (step && event.target.hasAttribute('data-day')) {
event.preventDefault();
show(moved(open.day, step[0], step[1]), true);
}
}

function head() {
var line = shuke.make('div', { 'class': 'dates-head' });
function by(months) { return function () { show(moved(open.day, months, 0), false); }; }
open.title = shuke.make('span', { 'aria-live': 'polite' });
line.appendChild(button('«', shuke.word('previous_year'), by(-12)));
line.appendChild(button('‹', shuke.word('previous_month'), by(-1)));
line.appendChild(open.title);
line.appendChild(button('›', shuke.word('next_month'), by(1)));
line.appendChild(button('»', shuke.word('next_year'), by(12)));
return line;
}

function foot(time) {
var line = shuke.make('div', { 'class': 'dates-foot' });
var label, today, clear;
if (open.input.hasAttribute('data-datetime')) {
label = line.appendChild(shuke.make('label', {}, shuke.word('time') + ' '));
open.time = label.appendChild(shuke.make('input', { 'class': 'control', maxlength: '5' }));
open.time.value = time || open.input.getAttribute('data-datetime') || '09:00';
}
today = line.appendChild(shuke.make('button', { type: 'button', 'class': 'btn quiet small' }, shuke.word('today')));
clear = line.appendChild(shuke.make('button', { type: 'button', 'class': 'btn quiet small' }, shuke.word('clear')));
today.addEventListener('click', function () { take(new Date()); });
clear.addEventListener('click', function () { take(null); });
return line;
}
function place(panel, input) {
var spot = input.getBoundingClientRect();
var zero = panel.offsetParent === document.body ? { left: -window.pageXOffset, top: -window.pageYOffset } :
{ left: -panel.offsetParent.scrollLeft, top: -panel.offsetParent.scrollTop };
var height = panel.offsetHeight;
var below = window.innerHeight - spot.bottom > height + 8 || spot.top < height + 8;
var left = Math.max(4, Math.min(spot.left, document.documentElement.clientWidth - panel.offsetWidth - 4));
panel.style.left = left - zero.left + 'px';
panel.style.top = (below ? spot.bottom + 4 : spot.top - height - 4) - zero.top + 'px';
}

function start(input, opener) {
var found = shuke.dates.read(input.value);
var inBox = shuke.around(input, '.box-paper');
close(false);
open = { input: input, button: opener, panel: null };
open.panel = shuke.make('div', { 'class': 'dates', role: 'dialog', 'aria-label': shuke.word('choose_date') });
open.panel.appendChild(head());
open.grid = open.panel.appendChild(shuke.make('div'));
open.panel.appendChild(foot(found ? found.time : ''));
open.panel.addEventListener('keydown', keys);
(inBox || document.body).appendChild(open.panel);
opener.setAttribute('aria-expanded', 'true');
show(found ? found.date : new Date(), true);
place(open.panel, input);
}

shuke.each('[data-date], [data-datetime]', function (input) {
var label = input.id && document.querySelector('label[for="' + input.id + '"]');
var opener = shuke.make('button', {
type: 'button', 'class': 'date-button', title: shuke.word('choose_date'),
'aria-label': shuke.word('choose_date') + (label ? ': ' + label.textContent : ''),
'aria-expanded': 'false'
});
if (input.readOnly || input.disabled) { return; }
input.classList.add(input.hasAttribute('data-datetime') ? 'datetime' : 'date');
input.parentNode.insertBefore(opener, input.nextSibling);
opener.addEventListener('click', function () {
if (open && open.input === input) { close(true); } else { start(input, opener); }
});
input.addEventListener('keydown', function (event) {
if (event.altKey && (event.key === 'ArrowDown' || event.key === 'Down')) {
event.preventDefault();
start(input, opener);
}
});
});

document.addEventListener('mousedown', function (event) {
if (open && !open.panel.contains(event.target) && event.target !== open.button) { close(false); }
});
}(window.shuke, document, window));
(function (window, document) {
'use strict';
if (typeof window.URL === 'function') { return; }
if (!window.location.origin) { /* missing in IE 11 on Windows 7 */
window.location.origin = window.location.protocol + '//' + window.location.host;
}
document.addEventListener('htmx:configRequest', function (event) {
var link = document.createElement('a');
link.href = event.detail.path;
event.detail.path = link.href;
});
}(window, document));
(function (shuke, htmx, document) {
'use strict';
var KEYS = { Down: 'ArrowDown', Up: 'ArrowUp', Esc: 'Escape' };
var START = { chosen: null, shownFor: null, settled: null, asked: null, steps: 0, takes: false };

function boxOf(field) { return document.getElementById(field.getAttribute('data-suggests')); }
function fieldOf(box) { return document.querySelector('[data-suggests="' + box.id + '"]'); }
function options(field) { return shuke.all('[role=option]', boxOf(field)); }
function isShown(field) { return !!boxOf(field).innerHTML.trim(); }
function state(field) { field.suggests = field.suggests || Object.create(START); return field.suggests; }

function highlight(field, option) {
options(field).forEach(function (each) { each.setAttribute('aria-selected', String(each === option)); });
state(field).chosen = option;
if (!option) { field.removeAttribute('aria-activedescendant'); return; }
field.setAttribute('aria-activedescendant', option.id);
var box = boxOf(field);
var top = option.getBoundingClientRect().top - box.getBoundingClientRect().top + box.scrollTop;
if (top < box.scrollTop) { box.scrollTop = top; }
if (top + option.offsetHeight > box.scrollTop + box.clientHeight) { box.scrollTop = top + option.offsetHeight - box.clientHeight; }
}

function move(field, step) {
var all = options(field);
var at = all.indexOf(state(field).chosen);
var next = at < 0 && step < 0 ? all.length - 1 : at + step;
if (all.length) { highlight(field, all[(next + all.length) % all.length]); }
}
function forget(field) {
state(field).steps = 0;
state(field).takes = false;
}
function close(field) {
var kept = state(field);
highlight(field, null);
boxOf(field).innerHTML = '';
field.setAttribute('aria-expanded', 'false');
field.removeAttribute('aria-controls');
kept.settled = field.value;
kept.shownFor = null;
forget(field);
}

function closeOthers(target) {
shuke.all('[data-suggests][aria-expanded]').forEach(function (field) {
if (isShown(field) && target !== field && !boxOf(field).contains(target)) { close(field); }
});
}

function take(field, option, by) {
var text = option.getAttribute('data-choose');
if (text === null) { option.click(); return; }
field.value = text;
close(field);
field.focus();
htmx.trigger(field, 'chosen', { by: by });
}
function ask(field) {
if (state(field).asked === field.value) { return; }
state(field).settled = null;
state(field).asked = field.value;
htmx.trigger(field, 'suggest');
}

function isTyped(field, option) {
var typed = field.value.trim().toLowerCase();
var parts = /^(.*) \[([^\]]*)\]$/.exec(option.getAttribute('data-choose') || '') || [option.getAttribute('data-choose')];
return parts.some(function (part) { return !!part && part.toLowerCase() === typed; });
}

function enter(field) {
var all = options(field);
var chosen = state(field).chosen;
var typed = all.filter(function (option) { return isTyped(field, option); });
if (chosen) { take(field, chosen, 'Enter'); return true; }
if (field.hasAttribute('data-free')) { close(field); return false; }
if (!all.length) { return false; }
if (state(field).shownFor !== field.value) {
state(field).takes = true;
ask(field);
} else if (all.length === 1 || typed.length === 1) {
take(field, typed[0] || all[0], 'Enter');
} else {
move(field, 1);
}
return true;
}
var acts = {
ArrowDown: function (field) {
if (options(field).length) { move(field, 1); return true; }
if (!field.value.trim()) { return false; }
state(field).steps += 1;
ask(field);
return true;
},
ArrowUp: function (field) {
if (!options(field).length) { return false; }
move(field, -1);
return true;
},
Enter: function (field) {
if (state(field).steps && !isShown(field)) { state(field).takes = true; return true; }
return enter(field);
},
Tab: function (field) {
if (state(field).chosen && state(field).chosen.hasAttribute('data-choose')) { take(field, state(field).chosen, 'Tab'); }
close(field);
return false;
},
Escape: function (field) {
if (!isShown(field)) { return false; }
close(field);
return true;
}
};
document.addEventListener('keydown', function (event) {
var field = event.target;
var act = acts[KEYS[event.key] || event.key];
if (!act || !field.getAttribute || !field.hasAttribute('data-suggests')) { return; }
if (event.ctrlKey || event.metaKey) { return; }
if (act(field)) {
event.preventDefault();
event.stopPropagation();
}
}, true);

shuke.each('[data-suggests]', function (field) {
field.setAttribute('role', 'combobox');
field.setAttribute('aria-autocomplete', 'list');
field.setAttribute('aria-expanded', 'false');
field.addEventListener('htmx:beforeRequest', function (event) {
var kept = state(field);
if (event.target === field && (field.value === kept.settled || field.value === kept.shownFor)) { event.preventDefault(); }
});
field.addEventListener('htmx:afterRequest', function (event) {
if (event.target === field) { state(field).asked = null; }
});
['htmx:sendError', 'htmx:responseError'].forEach(function (type) {
field.addEventListener(type, function () { forget(field); });
});
});
document.addEventListener('htmx:beforeSwap', function (event) {
var field = fieldOf(event.detail.target);
if (field && (field !== document.activeElement || field.value === state(field).settled)) { event.detail.shouldSwap = false; }
});

document.addEventListener('htmx:afterSwap', function (event) {
var box = event.detail.target;
var field = fieldOf(box);
var list = box.querySelector('[role=listbox]');
if (!field) { return; }
var kept = state(field);
var steps = kept.steps;
var takes = kept.takes;
options(field).forEach(function (option, n) { option.id = box.id + '-' + n; });
kept.shownFor = field.value;
forget(field);
highlight(field, null);
field.setAttribute('aria-expanded', String(!!list));
if (!list) { field.removeAttribute('aria-controls'); return; }
list.id = box.id + '-list';
field.setAttribute('aria-controls', list.id);
for (; steps > 0; steps -= 1) { move(field, 1); }
if (takes) { enter(field); }
});

shuke.on('mousedown', '[role=option]', function (event) { event.preventDefault(); }); /* the focus stays in the field */
shuke.on('click', '[data-choose]', function (event, option) {
var field = fieldOf(shuke.around(option, '.offered-box'));
if (field) { take(field, option, 'click'); }
});
['focusin', 'click'].forEach(function (type) {
document.addEventListener(type, function (event) { closeOthers(event.target); });
});
}(window.shuke, window.htmx, document));
(function (shuke, document) {
'use strict';
shuke.fill = function (field, value) {
if (value && field && (!field.value || field.value === field.getAttribute('data-filled'))) {
field.value = value;
field.setAttribute('data-filled', value);
if (field === document.activeElement && field.select) { field.select(); }
}
};
shuke.on('change', 'select[data-filled]', function (event, field) { field.removeAttribute('data-filled'); });

shuke.each('[data-fill]', function (brought) {
var form = shuke.around(brought, 'form');
shuke.fill(form && form.querySelector('[name=' + brought.getAttribute('data-fill') + ']'), brought.getAttribute('data-value'));
});
}(window.shuke, document));
(function (shuke, window, document) {
'use strict';
var PATIENCE = 2000;
document.cookie = 'scripts=1; path=/; SameSite=Lax' + (window.location.protocol === 'https:' ? '; Secure' : '');

function bodyOf(event) {
var target = event.detail.target || event.target;
return target && target.nodeType === 1 && target.classList.contains('panel-body') ? target : null;
}

function number(body) {
var content = body.querySelector('[data-count]');
var place = body.parentNode.querySelector('[data-panel-count]');
if (!place) { return; }
place.textContent = content ? content.getAttribute('data-count') : '';
if (content) { place.removeAttribute('hidden'); } else { place.setAttribute('hidden', ''); }
}
var STOPS = 'a[href], button, input:not([type=hidden])';
var held = null;

function hold(body) {
var now = document.activeElement;
if (now && body.contains(now)) {
held = { body: body, href: now.getAttribute('href'), place: shuke.all(STOPS, body).indexOf(now) };
}
}

function giveBack(body) {
if (!held || held.body !== body) { return; }
var stops = shuke.all(STOPS, body);
var same = stops.filter(function (stop) { return held.href && stop.getAttribute('href') === held.href; })[0];
shuke.focusHere(same || stops[Math.min(held.place, stops.length - 1)] || body.parentNode.querySelector('a'));
held = null;
}
function fail(body) {
var words = shuke.workbenchWords();
var box = shuke.make('div', { 'class': 'panel-failed', role: 'alert' });
var again = shuke.make('button', { type: 'button', 'class': 'btn small' }, words.retry);
box.appendChild(shuke.make('p', {}, words.failed));
box.appendChild(again);
again.addEventListener('click', function () {
window.htmx.ajax('GET', body.getAttribute('hx-get'), { source: body, target: body });
});
body.innerHTML = '';
body.appendChild(box);
number(body);
}

shuke.workbenchWords = function () {
var place = document.getElementById('workbench');
try { return JSON.parse(place.getAttribute('data-words')); } catch (ignore) { return {}; }
};

function all(event) {
return (event.detail.elt || event.target).id === 'workbench-bodies';
}

function failAll() {
shuke.all('#workbench .panel-body').forEach(function (body) {
if (!body.querySelector('.panel-content')) { fail(body); }
});
}
document.addEventListener('htmx:beforeRequest', function (event) {
if (!all(event)) { return; }
window.setTimeout(function () {
shuke.all('#workbench .panel-body').forEach(function (body) {
if (body.querySelector('.panel-content, .panel-failed')) { return; }
window.htmx.ajax('GET', body.getAttribute('hx-get'), { source: body, target: body });
});
}, PATIENCE);
});

document.addEventListener('htmx:beforeSwap', function (event) {
var body = bodyOf(event);
if (all(event) && event.detail.xhr.status >= 400) {
event.detail.isError = false;
failAll();
}
var xhr = event.detail.xhr;
if (!body) { return; }
hold(body);
if (xhr.status < 400) { return; }
event.detail.isError = false;
event.detail.shouldSwap = xhr.status < 500 || xhr.responseText.indexOf('panel-failed') >= 0;
if (!event.detail.shouldSwap) { fail(body); }
});
['htmx:sendError', 'htmx:timeout'].forEach(function (name) {
document.addEventListener(name, function (event) {
var body = bodyOf(event);
if (all(event)) { event.stopPropagation(); failAll(); return; }
if (body) { event.stopPropagation(); fail(body); }
}, true);
});

['htmx:oobAfterSwap', 'htmx:afterSwap'].forEach(function (name) {
document.addEventListener(name, function (event) {
var body = bodyOf(event);
if (body) { number(body); giveBack(body); }
});
});
}(window.shuke, window, document));
(function (shuke, window, document) {
'use strict';
var open = null;
var opener = null;

function close(back) {
shuke.drop(open);
open = null;
if (back && opener && document.body.contains(opener)) { opener.focus(); }
opener = null;
}

function place(list, x, y) {
var width = document.documentElement.clientWidth;
var height = document.documentElement.clientHeight;
list.style.left = Math.max(4, Math.min(x, width - list.offsetWidth - 4)) + 'px';
list.style.top = Math.max(4, Math.min(y, height - list.offsetHeight - 4)) + 'px';
}

function entry(item) {
var button = shuke.make('button', { type: 'button', role: 'menuitem' }, item.label);
button.addEventListener('click', function () { close(true); item.act(); });
return button;
}

function walk(event) {
var buttons = shuke.all('button', open);
var now = buttons.indexOf(document.activeElement);
var steps = { ArrowDown: 1, Down: 1, ArrowUp: -1, Up: -1 };
if (event.key === 'Esc' || event.key === 'Escape' || event.key === 'Tab') {
event.preventDefault();
close(true);
} else if (steps[event.key]) {
event.preventDefault();
buttons[(now + steps[event.key] + buttons.length) % buttons.length].focus();
}
}

shuke.menu = function (items, x, y, from) {
close(false);
opener = from || null;
open = shuke.make('div', { 'class': 'context-menu', role: 'menu' });
items.forEach(function (item) { open.appendChild(entry(item)); });
open.addEventListener('keydown', walk);
document.body.appendChild(open);
place(open, x, y);
open.firstChild.focus();
};

document.addEventListener('click', function (event) {
if (open && !open.contains(event.target)) { close(false); }
}, true);
window.addEventListener('scroll', function () { close(false); });
window.addEventListener('resize', function () { close(false); });
}(window.shuke, window, document));
(function (shuke, document) {
'use strict';
var FEWEST = 2;
var MOST = 3;

function bench() { return document.getElementById('workbench'); }
function columns() { return shuke.all('.column', bench()); }
function panels(column) { return shuke.all('.panel', column); }
function layout() {
var texts = columns().map(function (column) {
return panels(column).map(function (panel) { return panel.getAttribute('data-panel'); }).join(' ');
});
while (texts.length > FEWEST && !texts[texts.length - 1]) { texts.pop(); }
return texts.join('|');
}

function spot(panel) {
var column = columns().indexOf(panel.parentNode);
return { column: column, row: panels(panel.parentNode).indexOf(panel) };
}

function widen() {
var column = shuke.make('div', { 'class': 'column' });
var last = columns().pop();
last.parentNode.insertBefore(column, last.nextSibling);
return column;
}
function settle() {
var all = columns();
while (all.length > FEWEST && !panels(all[all.length - 1]).length) { shuke.drop(all.pop()); }
bench().classList[all.length > FEWEST ? 'add' : 'remove']('three');
}
function ways(panel) {
var at = spot(panel);
return [
at.row > 0 && 'up', panel.nextElementSibling && 'down', at.column > 0 && 'left', at.column < MOST - 1 && 'right'
].filter(Boolean);
}

function move(panel, way) {
var at = spot(panel);
var step = way === 'down' || way === 'right' ? 1 : -1;
var column = panel.parentNode;
if (way === 'left' || way === 'right') { column = columns()[at.column + step] || widen(); } else { at.row += step; }
shuke.drop(panel);
column.insertBefore(panel, panels(column)[at.row] || null);
settle();
}

shuke.places = {
bench: bench, columns: columns, panels: panels, layout: layout, settle: settle, ways: ways, move: move
};
}(window.shuke, document));
(function (shuke, window, document) {
'use strict';
var kept = null;
var leaving = false;
var added = null; /* the panel that comes, and takes the focus then */
var places = shuke.places;
var bench = places.bench;
var layout = places.layout;

function unsaved() { return kept !== null && layout() !== kept; }
function bar() {
var words = shuke.workbenchWords();
var message = shuke.make('div', { id: 'unsaved', 'class': 'message warning unsaved', role: 'status' });
message.appendChild(shuke.make('span', {}, words.unsaved));
message.appendChild(shuke.make('button', {
type: 'button', 'class': 'btn small primary', 'data-layout': 'save'
}, words.save_layout));
message.appendChild(shuke.make('a', {
href: window.location.pathname, 'class': 'btn small', 'data-layout': 'discard'
}, words.discard));
return message;
}

function tell() {
bench().classList[bench().querySelector('.panel') ? 'remove' : 'add']('bare');
var there = document.getElementById('unsaved');
if (unsaved() && !there) { bench().parentNode.insertBefore(bar(), bench()); }
if (!unsaved()) { shuke.drop(there); }
bench().classList[unsaved() ? 'add' : 'remove']('changed');
}

function address(name, values) {
return bench().getAttribute('data-' + name) + '?' + Object.keys(values).map(function (key) {
return key + '=' + encodeURIComponent(values[key]);
}).join('&');
}

function inBox(url) { window.htmx.ajax('GET', url, { target: '#box' }); }
function ask() {
inBox(address('save', { layout: layout(), version: bench().getAttribute('data-version') }));
}
function offer() { inBox(address('add', { layout: layout() })); }
function focus(panel) {
var place = panel ? panel.querySelector('.panel-menu') : document.querySelector('#main .actions a');
if (place) { place.focus(); }
}

function remove(panel) {
var near = panel.nextElementSibling || panel.previousElementSibling;
shuke.drop(panel);
places.settle();
tell();
focus(near || bench().querySelector('.panel'));
}

function move(panel, way) {
places.move(panel, way);
shuke.all('.column', bench()).forEach(sortable);
tell();
focus(panel);
}

function fewest() {
return places.columns().sort(function (a, b) { return places.panels(a).length - places.panels(b).length; })[0];
}

function bring(keys) {
if (!keys.length) { return; }
added = keys[keys.length - 1];
window.htmx.ajax('GET', address('shells', { keys: keys.join(' ') }), { target: fewest(), swap: 'beforeend' });
}

function panelMenu(panel, x, y, from) {
var words = shuke.workbenchWords();
var moves = places.ways(panel).map(function (way) {
return { label: words[way], act: function () { move(panel, way); } };
});
shuke.menu(moves.concat([
{ label: words.dismiss, act: function () { remove(panel); } },
{ label: words.add, act: offer },
{ label: words.save, act: ask }
]), x, y, from);
}

function groundMenu(x, y) {
var words = shuke.workbenchWords();
shuke.menu([{ label: words.add, act: offer }, { label: words.save_layout, act: ask }], x, y);
}

function sortable(column) {
shuke.dragged(column, {
group: 'workbench', handle: '.panel-handle', draggable: '.panel', onEnd: function () { places.settle(); tell(); }
});
}
shuke.each('#workbench .column', sortable);

shuke.each('#workbench', function (element) {
kept = layout();
element.addEventListener('contextmenu', function (event) {
var head = shuke.around(event.target, '.panel-head');
var panel = shuke.around(event.target, '.panel');
if (panel && !head) { return; } /* texts and links have the browser's own menu */
event.preventDefault();
if (head) {
panelMenu(panel, event.clientX, event.clientY, head.querySelector('.panel-menu'));
} else {
groundMenu(event.clientX, event.clientY);
}
});
});

shuke.on('click', '[data-panel-menu]', function (event, link) {
var place = link.getBoundingClientRect();
event.preventDefault();
panelMenu(shuke.around(link, '.panel'), place.left, place.bottom, link);
});
shuke.each('[data-panel-menu]', function (link) {
link.setAttribute('role', 'button');
link.setAttribute('aria-haspopup', 'true');
});
shuke.on('keydown', '[data-panel-menu]', function (event, link) {
if ([' ', 'Spacebar', 'ArrowDown', 'Down'].indexOf(event.key) < 0) { return; }
event.preventDefault();
link.click();
});

shuke.on('click', '[data-layout]', function (event, element) {
if (element.getAttribute('data-layout') === 'save') { ask(); } else { leaving = true; }
});

shuke.on('submit', '[data-add-panels]', function (event, form) {
if (!bench()) { return; }
event.preventDefault();
var keys = shuke.all('input[name=add]', form).filter(function (box) { return box.checked; });
shuke.closeBox();
bring(keys.map(function (box) { return box.value; }));
});

document.addEventListener('htmx:afterSettle', function () {
if (!bench()) { return; }
var panel = added && document.getElementById('panel-' + added);
if (panel) { added = null; focus(panel); }
tell();
});
document.addEventListener('workbench-saved', function () {
if (!bench()) { return; }
kept = layout();
bench().setAttribute('data-version', Number(bench().getAttribute('data-version')) + 1);
tell();
});

document.addEventListener('htmx:beforeOnLoad', function (event) {
if (event.detail.xhr.getResponseHeader('HX-Redirect')) { leaving = true; }
});
window.addEventListener('pageshow', function () { leaving = false; });
window.addEventListener('beforeunload', function (event) {
if (!bench() || leaving || !unsaved()) { return undefined; }
event.returnValue = shuke.workbenchWords().leave;
return event.returnValue;
});
}(window.shuke, window, document));
(function (shuke, window, document) {
'use strict';
var dragging = false;
var moved = false;
shuke.dragged = function (place, more) {
if (!window.Sortable || window.Sortable.get(place)) { return; }
var options = {
forceFallback: true, fallbackTolerance: 4, fallbackOnBody: true, emptyInsertThreshold: 40, ghostClass: 'panel-place',
fallbackClass: 'panel-moving', delay: 250, delayOnTouchOnly: true, touchStartThreshold: 8,
onChoose: function () { dragging = true; },
onUnchoose: function () { dragging = false; },
onStart: function () { moved = true; }
};
Object.keys(more).forEach(function (key) { options[key] = more[key]; });
options.onEnd = function (event) {
dragging = moved = false; /* what is pressed for the person is a click */
more.onEnd(event);
moved = true;
window.setTimeout(function () { moved = false; }, 0);
};
window.Sortable.create(place, options);
};

document.addEventListener('touchmove', function (event) {
if (dragging && event.cancelable) { event.preventDefault(); }
}, { passive: false });

document.addEventListener('click', function (event) {
if (moved) {
event.preventDefault();
event.stopPropagation();
}
}, true);
}(window.shuke, window, document));
(function (shuke) {
'use strict';
function put(card, stage) {
var choice = card.querySelector('select');
var before = choice.value;
choice.value = stage;
if (choice.value === stage) { card.querySelector('button').click(); } else { choice.value = before; }
}

shuke.each('.board-cards', function (column) {
shuke.dragged(column, {
group: 'board', draggable: '.movable', sort: false, filter: '.card-move', preventOnFilter: false,
onEnd: function (event) {
if (event.to !== event.from) { put(event.item, event.to.getAttribute('data-stage')); }
}
});
});
shuke.each('.movable a', function (link) { link.setAttribute('draggable', 'false'); });
}(window.shuke));
(function (document) {
'use strict';
document.addEventListener('htmx:configRequest', function (event) {
var bell = document.getElementById('bell');
if (bell) { event.detail.headers['X-Notices'] = bell.getAttribute('data-count') || '0'; }
});
}(document));
(function (shuke) {
'use strict';
shuke.on('click', '.grid-days td', function (event, cell) {
var link = event.target === cell && cell.querySelector('.day-link');
if (link) { link.click(); }
});
}(window.shuke));
(function (shuke) {
'use strict';
var KEY = 'shuke tree ';

function folded(place) { return (shuke.session.get(KEY + place) || '').split(' ').filter(Boolean); }

function show(branch, button, isFolded) {
branch.classList[isFolded ? 'add' : 'remove']('folded');
button.setAttribute('aria-expanded', isFolded ? 'false' : 'true');
}

shuke.each('[data-tree]', function (tree) {
var place = window.location.pathname;
shuke.all('li', tree).forEach(function (branch, number) {
var name = branch.firstElementChild;
var button;
if (!branch.querySelector('ul')) { return; }
button = shuke.make('button', { type: 'button', 'class': 'twig', 'aria-label': name.textContent });
branch.insertBefore(button, name);
show(branch, button, folded(place).indexOf(String(number)) >= 0);
button.addEventListener('click', function () {
var next = !branch.classList.contains('folded');
var numbers = folded(place).filter(function (other) { return other !== String(number); });
show(branch, button, next);
if (next) { numbers.push(String(number)); }
shuke.session.set(KEY + place, numbers.join(' '));
});
});
});
}(window.shuke));
