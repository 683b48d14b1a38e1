/* Arranging the workbench: panels are dragged by their title bars; a right click, or ▾, opens the menu; nothing is kept
   before 保存布局. The page 定制工作臺 does the same without any of this. */
(function (shuke, window, document) {
  'use strict';
  var kept = null;
  var leaving = false;
  var added = null; /* the panel that comes, and takes the focus then */
  var places = shuke.places;
  var bench = places.bench;
  var layout = places.layout;

  function unsaved() { return kept !== null && layout() !== kept; }

  /* "Not saved", with what can be done about it. */
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

  /* Who works by keyboard goes on where the panel is now, or beside where it was; where none is left, at the link that
     brings some back. */
  function focus(panel) {
    var place = panel ? panel.querySelector('.panel-menu') : bench().querySelector('.empty a');
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
