/* The calendar grids: a click on a day's empty ground does what its link does, and opens a new item of that day. */
(function (shuke) {
  'use strict';
  shuke.on('click', '.grid-days td', function (event, cell) {
    var link = event.target === cell && cell.querySelector('.day-link');
    if (link) { link.click(); }
  });
}(window.shuke));
