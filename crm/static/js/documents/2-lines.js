/* The lines of a quote or an order: sums while one types, what a chosen product brings along, and Enter, which leads on
   to what is still empty, to the next line, and in the last one to a new line. The server counts everything again. */
(function (shuke, htmx, document) {
  'use strict';
  var amounts = shuke.amounts;
  var MOST = 200;
  var HUNDRED = [10000];

  function control(line, key) { return line.querySelector('[name$="-' + key + '"]'); }
  function lines(editor) { return shuke.all('.line[data-line]', editor); }
  function editorOf(element) { return shuke.around(element, '#lines'); }

  /* A number that was typed: null where it is none, `otherwise` where nothing is. */
  function number(line, key, places, otherwise) {
    var text = control(line, key).value.trim();
    if (key === 'discount' || key === 'tax_rate') { text = text.replace(/[%\uff05]$/, ''); }
    return text ? amounts.read(text, places, line.querySelector('.line-amount').getAttribute('data-currency')) : otherwise;
  }

  function warn(line, price, discount) {
    var known = line.querySelector('[data-floor]');
    var warning = line.querySelector('.line-warning');
    if (!known || !warning) { return; }
    var floor = known.getAttribute('data-floor');
    warning.hidden = !(floor && price && discount && amounts.below(price, discount, amounts.read(floor, 4)));
  }

  /* {amount, tax} in cents, or null while something is missing. */
  function count(line, included) {
    var quantity = number(line, 'quantity', 3, null);
    var price = number(line, 'price', 4, null);
    var discount = number(line, 'discount', 2, HUNDRED);
    var rate = number(line, 'tax_rate', 2, []);
    var field = line.querySelector('.line-amount');
    var known = quantity && price && discount && rate;
    var amount = known ? amounts.line(quantity, price, discount) : null;
    warn(line, price, discount);
    field.value = known ? field.getAttribute('data-currency') + amounts.show(amount) : '';
    return known ? { amount: amount, tax: amounts.tax(amount, rate, included) } : null;
  }

  function show(editor, key, text) {
    var place = editor.querySelector('[data-sum="' + key + '"]');
    if (place) { place.textContent = (text.charAt(0) === '-' ? '-' : '') + editor.getAttribute('data-currency') + text.replace('-', ''); }
  }

  function recount(editor) {
    var form = shuke.around(editor, 'form');
    var mode = form && form.querySelector('[name=tax_mode]');
    var included = !!mode && mode.value === 'included';
    var off = amounts.read((editor.querySelector('[name=discount_amount]') || { value: '' }).value || '0', 2, editor.getAttribute('data-currency')) || [];
    var goods = [];
    var tax = [];
    lines(editor).forEach(function (line) {
      var counted = count(line, included);
      if (counted) {
        goods = amounts.add(goods, counted.amount);
        tax = amounts.add(tax, counted.tax);
      }
    });
    show(editor, 'goods_amount', amounts.show(goods));
    show(editor, 'tax_amount', amounts.show(tax));
    show(editor, 'total', amounts.difference(included ? goods : amounts.add(goods, tax), off));
  }

  function here(element) {
    var form = shuke.around(element, 'form');
    var editor = form && form.querySelector('#lines');
    if (editor) { recount(editor); }
  }

  shuke.each('#lines', recount);
  ['input', 'change'].forEach(function (type) {
    shuke.on(type, '#lines input, #lines select, [name=tax_mode]', function (event, element) { here(element); });
  });

  /* The server is told which product's unit and price the row shows: of another one it would bring them itself. */
  function tell(line, product) {
    var shown = editorOf(line).querySelector('[name=lines-shown]');
    var products = shown.value.split(',');
    products[Number(line.getAttribute('data-line')) - 1] = product;
    shown.value = products.join(',');
  }

  shuke.each('.line-known', function (known) {
    var line = shuke.around(known, '.line');
    var product = known.getAttribute('data-fresh');
    if (!line || !product) { return; }
    shuke.fill(control(line, 'unit_id'), known.getAttribute('data-unit'));
    shuke.fill(control(line, 'price'), known.getAttribute('data-price'));
    tell(line, product);
    here(line);
  });

  function ready(editor) {
    shuke.all('[data-add-line]', editor).forEach(function (button) { button.disabled = lines(editor).length >= MOST; });
  }

  document.addEventListener('htmx:configRequest', function (event) {
    var editor = event.detail.elt.hasAttribute('data-add-line') && editorOf(event.detail.elt);
    if (editor) { event.detail.parameters.number = lines(editor).length + 1; }
  });
  document.addEventListener('htmx:afterSettle', function (event) {
    var added = event.detail.target.id === 'lines-rows' && event.detail.target.lastElementChild;
    if (added) {
      control(added, 'product_id').focus();
      ready(editorOf(added));
    }
  });

  /* Where scripts run, Enter elsewhere in the form saves; without them it only counts the amounts. */
  shuke.each('[data-default]', function (button) { button.removeAttribute('name'); });

  function next(line) {
    var empty = ['product_id', 'quantity', 'price'].filter(function (key) { return !control(line, key).value.trim(); })[0];
    var all = lines(editorOf(line));
    var place = all.indexOf(line);
    if (empty) {
      control(line, empty).focus();
    } else if (place + 1 < all.length) {
      control(all[place + 1], 'product_id').focus();
    } else {
      editorOf(line).querySelector('[data-add-line]').click();
    }
  }

  shuke.on('keydown', '#lines input', function (event, field) {
    var line = shuke.around(field, '.line[data-line]');
    if (event.key !== 'Enter') { return; }
    event.preventDefault();
    if (line) { next(line); }
  });
  shuke.on('chosen', '#lines input', function (event, field) {
    if (event.detail.by === 'Enter') { control(shuke.around(field, '.line'), 'quantity').focus(); }
  });
}(window.shuke, window.htmx, document));
