/* The calendar grids: a click on a day's empty ground does what its link does, and opens a new item of that day. An item is
   dragged to another day, in the week to another hour too; the server says what became of it, and the grid fetches itself anew. */
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

  /* While an item of the week is dragged, the hours of each day can be seen and are places to put it. */
  var FIRST = 7, LAST = 21;
  function showHours(grid) {
    shuke.all('.entries', grid).forEach(function (list) {
      for (var hour = LAST; hour >= FIRST; hour -= 1) {
        var text = (hour < 10 ? '0' : '') + hour + ':00';
        list.insertBefore(shuke.make('li', { 'class': 'hour-line', 'data-line': hour }, text), firstFrom(list, hour));
      }
    });
  }

  /* The first item that begins at this hour or later, or the line of a later hour. */
  function firstFrom(list, hour) {
    return [].filter.call(list.children, function (one) {
      return Number(one.getAttribute('data-hour') || one.getAttribute('data-line') || -1) >= hour;
    })[0] || null;
  }

  /* By how many hours later the place is where it was dropped. */
  function hours(item) {
    var begins = item.getAttribute('data-hour'), line = item.previousElementSibling;
    while (line && !line.hasAttribute('data-line')) { line = line.previousElementSibling; }
    return begins && line ? line.getAttribute('data-line') - begins : 0;
  }

  /* The hours push the item from under the mouse as they show: who lets go at once has moved nothing. */
  var LEAST = 12;
  function place(event) {
    var one = event.originalEvent;
    return one.changedTouches ? one.changedTouches[0] : one;
  }
  function stays(began, ended) {
    return Math.abs(ended.clientX - began.clientX) < LEAST && Math.abs(ended.clientY - began.clientY) < LEAST;
  }

  shuke.each('.grid-days .entries', function (list) {
    var began, grid = shuke.around(list, '.grid-days'), byHour = shuke.matches(grid, '.week');
    shuke.dragged(list, {
      group: 'days', draggable: '.movable, .hour-line', sort: byHour, preventOnFilter: false,
      filter: '.entry-actions, .hour-line',
      onStart: function (event) {
        began = place(event);
        if (byHour) { showHours(grid); }
      },
      onMove: function (event) { return shuke.matches(event.related, '.hour-line') ? 1 : true; },
      onEnd: function (event) {
        var item = event.item, later = hours(item), days = day(event.to) - day(event.from);
        shuke.all('.hour-line', grid).forEach(shuke.drop);
        if (!days && !later || byHour && stays(began, place(event))) {
          if (byHour) { htmx.trigger(document.body, 'schedule-changed'); }
          return;
        }
        htmx.ajax('POST', item.getAttribute('data-move'), {
          swap: 'none',
          values: { by: later ? days * 24 + later + 'h' : days + 'd', version: item.getAttribute('data-version') }
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
