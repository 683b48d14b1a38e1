/* Ticking rows of a list: all at once, how many, and the buttons that work on them. */
(function (shuke) {
  'use strict';

  function boxes(form) { return shuke.all('input[name=ids]', form); }

  function count(form) {
    var every = boxes(form);
    var ticked = every.filter(function (box) { return box.checked; });
    var all = form.querySelector('[data-tick-all]');
    var bar = form.querySelector('[data-bulk]');
    var taken = form.querySelector('input[name=all]');
    every.forEach(function (box) {
      var row = shuke.around(box, 'tr');
      if (row) { row.classList[box.checked ? 'add' : 'remove']('ticked'); }
    });
    if (all) {
      all.checked = every.length > 0 && ticked.length === every.length;
      all.indeterminate = ticked.length > 0 && ticked.length < every.length;
    }
    if (bar) {
      bar.classList[ticked.length || (taken && taken.checked) ? 'add' : 'remove']('some');
      var text = bar.querySelector('[data-bulk-count]');
      if (text) { text.textContent = ticked.length ? shuke.word('ticked').replace('{n}', ticked.length) : ''; }
    }
  }

  shuke.on('change', 'input[name=ids], input[name=all], [data-tick-all]', function (event, box) {
    var form = shuke.around(box, 'form');
    if (!form) { return; }
    if (box.hasAttribute('data-tick-all')) {
      boxes(form).forEach(function (each) { each.checked = box.checked; });
    }
    count(form);
  });
  shuke.each('form.bulk-form', count);
}(window.shuke));
