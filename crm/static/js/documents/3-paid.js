/* The orders that a receipt pays: a tick fills in what is open, a written amount ticks its row, the sum follows. */
(function (shuke) {
  'use strict';

  function cellOf(element) { return shuke.around(element, 'tr').querySelector('input.amount'); }

  function add(table) {
    var sum = [];
    shuke.all('input.amount', table).forEach(function (cell) {
      sum = shuke.amounts.add(sum, shuke.amounts.read(cell.value, 2, table.getAttribute('data-currency')) || []);
    });
    table.querySelector('[data-paid-sum]').textContent = shuke.amounts.show(sum);
  }

  shuke.on('change', '[data-paid] input[name=orders]', function (event, tick) {
    var cell = cellOf(tick);
    if (tick.checked && !cell.value) { cell.value = tick.getAttribute('data-open'); }
    if (!tick.checked) { cell.value = ''; }
    add(shuke.around(tick, 'table'));
  });

  function typed(event, cell) {
    shuke.around(cell, 'tr').querySelector('input[name=orders]').checked = /\S/.test(cell.value);
    add(shuke.around(cell, 'table'));
  }
  shuke.on('keyup', '[data-paid] input.amount', typed);
  shuke.on('change', '[data-paid] input.amount', typed);
  shuke.each('table[data-paid]', add);
}(window.shuke));
