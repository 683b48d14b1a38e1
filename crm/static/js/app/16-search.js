/* What the search box offers while one types: arrow keys walk through it, Esc and a click elsewhere close it. */
(function (shuke, document) {
  'use strict';
  function field() { return document.getElementById('search-q'); }
  function found() { return document.getElementById('search-found'); }

  function close() {
    if (found()) { found().innerHTML = ''; }
  }

  /* The element before or after the focused one, among the field and the links. */
  function step(down) {
    var stops = [field()].concat(shuke.all('a', found()));
    var at = stops.indexOf(document.activeElement) + (down ? 1 : -1);
    stops[(at + stops.length) % stops.length].focus();
  }

  shuke.on('keydown', '#search-q, #search-found a', function (event) {
    var down = event.key === 'ArrowDown' || event.key === 'Down';
    if (!found() || !found().innerHTML) { return; }
    if (down || event.key === 'ArrowUp' || event.key === 'Up') {
      event.preventDefault();
      step(down);
    } else if (event.key === 'Escape' || event.key === 'Esc') {
      event.stopPropagation();
      close();
      field().focus();
    }
  });

  document.addEventListener('click', function (event) {
    if (found() && !shuke.around(event.target, '.search')) { close(); }
  });
}(window.shuke, document));
