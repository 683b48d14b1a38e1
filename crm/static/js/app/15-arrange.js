/* Arranging the workbench: panels are dragged by their title bars; a right click, or ▾, opens the menu; nothing is kept
   before 保存布局. The page 定制工作臺 does the same without any of this. */
(function (shuke, window, document) {
  'use strict';
  var kept = null;
  var leaving = false;

  function bench() { return document.getElementById('workbench'); }
  function columns() { return shuke.all('.column', bench()); }

  /* As the server reads it: "today due|sales". */
  function layout() {
    return columns().map(function (column) {
      return shuke.all('.panel', column).map(function (panel) { return panel.getAttribute('data-panel'); }).join(' ');
    }).join('|');
  }

  function unsaved() { return kept !== null && layout() !== kept; }

  /* "Not saved", with what can be done about it. */
  function bar() {
    var words = shuke.workbenchWords();
    var message = shuke.make('div', { id: 'unsaved', 'class': 'message warning unsaved', role: 'status' });
    message.appendChild(shuke.make('span', {}, words.unsaved));
    message.appendChild(shuke.make('button', {
      type: 'button', 'class': 'btn small primary', 'data-layout': 'save'
    }, words.save_layout));
    message.appendChild(shuke.make('a', { href: window.location.pathname, 'data-layout': 'discard' }, words.discard));
    return message;
  }

  function tell() {
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

  function remove(panel) {
    var near = panel.nextElementSibling || panel.previousElementSibling;
    shuke.drop(panel);
    tell();
    if (near) { near.querySelector('.panel-menu').focus(); }
  }

  function fewest() {
    return columns().sort(function (a, b) {
      return a.querySelectorAll('.panel').length - b.querySelectorAll('.panel').length;
    })[0];
  }

  function bring(keys) {
    if (!keys.length) { return; }
    window.htmx.ajax('GET', address('shells', { keys: keys.join(' ') }), { target: fewest(), swap: 'beforeend' });
  }

  function panelMenu(panel, x, y, from) {
    var words = shuke.workbenchWords();
    shuke.menu([
      { label: words.dismiss, act: function () { remove(panel); } },
      { label: words.save, act: ask }
    ], x, y, from);
  }

  function groundMenu(x, y) {
    var words = shuke.workbenchWords();
    shuke.menu([{ label: words.add, act: offer }, { label: words.save_layout, act: ask }], x, y);
  }

  shuke.each('#workbench .column', function (column) {
    if (!window.Sortable) { return; }
    window.Sortable.create(column, {
      group: 'workbench', handle: '.panel-handle', draggable: '.panel', forceFallback: true, fallbackTolerance: 4,
      fallbackOnBody: true, emptyInsertThreshold: 40, ghostClass: 'panel-place', fallbackClass: 'panel-moving',
      onEnd: tell
    });
  });

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

  document.addEventListener('htmx:afterSettle', function () { if (bench()) { tell(); } });

  /* Saving raises the version by one; the page need not come anew. */
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
