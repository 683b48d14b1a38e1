/* The grid of rights: a box ticks its row, its column or all; it shows whether all of them, some or none are ticked. */
(function (shuke) {
  'use strict';

  function boxesOf(table, master) {
    var head = shuke.around(master, 'th');
    var what = master.getAttribute('data-tick');
    return shuke.all('td input', table).filter(function (box) {
      var cell = shuke.around(box, 'td');
      if (box.disabled) { return false; }
      if (what === 'row') { return cell.parentNode === head.parentNode; }
      return what === 'all' || cell.cellIndex === head.cellIndex;
    });
  }

  function show(table) {
    shuke.all('[data-tick]', table).forEach(function (master) {
      var every = boxesOf(table, master);
      var ticked = every.filter(function (box) { return box.checked; }).length;
      master.disabled = !every.length;
      master.checked = every.length > 0 && ticked === every.length;
      master.indeterminate = ticked > 0 && ticked < every.length;
    });
  }

  shuke.each('[data-grid]', function (table) {
    table.addEventListener('change', function (event) {
      var master = event.target;
      if (master.hasAttribute('data-tick')) {
        boxesOf(table, master).forEach(function (box) { box.checked = master.checked; });
      }
      show(table);
    });
    show(table);
  });
}(window.shuke));
