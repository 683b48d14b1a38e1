/* The calendar grids: a click on a day's empty ground does what its link does, and opens a new item of that day. An item is
   dragged to another day; the server says what became of it, and the grid fetches itself anew. */
(function (shuke, htmx, document) {
  'use strict';
  shuke.on('click', '.grid-days td', function (event, cell) {
    var link = shuke.matches(event.target, 'td, .entries') && cell.querySelector('.day-link');
    if (link) { link.click(); }
  });

  function day(list) {
    var parts = list.getAttribute('data-day').split('-');
    return Date.UTC(parts[0], parts[1] - 1, parts[2]) / 86400000;
  }

  shuke.each('.grid-days .entries', function (list) {
    shuke.dragged(list, {
      group: 'days', draggable: '.movable', sort: false, filter: '.entry-actions', preventOnFilter: false,
      onEnd: function (event) {
        var item = event.item;
        if (event.to === event.from) { return; }
        htmx.ajax('POST', item.getAttribute('data-move'), {
          swap: 'none',
          values: { by: day(event.to) - day(event.from) + 'd', version: item.getAttribute('data-version') }
        });
      }
    });
  });

  /* What was refused lies where it was dropped: the grid says where it really is. */
  document.addEventListener('htmx:afterRequest', function (event) {
    if (event.detail.failed && /\/schedule\/\d+\/move$/.test(event.detail.pathInfo.requestPath)) {
      htmx.trigger(document.body, 'schedule-changed');
    }
  });
}(window.shuke, window.htmx, document));
