/* The box: whatever htmx puts into #box is shown over the page as a dialog. 關閉, Esc and a click beside it close it;
   the event "box-close" of an answer (HX-Trigger) closes it after its swap. */
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

  /* While the box is open, what lies under it is neither spoken nor reached; its messages still are. */
  function cover(on) {
    shuke.all('.skip, #top, #menu, #main .actions, #main .where, #content').forEach(function (part) {
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

  /* Back to what opened the box; where that is gone, to the title of the page instead of its very beginning. */
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

  /* A form in the box answers into the box: it works as a page of its own when htmx is absent. */
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

  /* What is still to be written: the customer of a new record is known already, the way of contact is not. */
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
  /* Text may be marked from a field to beside the box: only what began there closes it. */
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
