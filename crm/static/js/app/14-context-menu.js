/* A small menu of our own at the pointer or below a button: shuke.menu([{label, act}], x, y, opener). */
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
