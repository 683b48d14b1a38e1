/* Panels of the workbench are fetched after the frame, all at once, and later each by itself. One that fails says so in its
   own place, with a button to try again; its number stands in its title bar. The cookie tells the server that this browser
   fetches them. */
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

  /* The focus stays where somebody worked: on the same link, or on what stands in its place now. */
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

  /* What is shown when no answer came, or none of ours. */
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

  /* One panel that takes long keeps no other waiting: after a while each that is still missing is fetched by itself. */
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

  /* Before anybody else hears of it: the page as a whole is well. */
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
