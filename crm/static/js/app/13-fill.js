/* What a chosen record brings along (a product its price, a customer its terms, a province its region) goes where
   nothing was typed or chosen by hand; whoever is just about to type there replaces it. */
(function (shuke, document) {
  'use strict';
  shuke.fill = function (field, value) {
    if (value && field && (!field.value || field.value === field.getAttribute('data-filled'))) {
      field.value = value;
      field.setAttribute('data-filled', value);
      if (field === document.activeElement && field.select) { field.select(); }
    }
  };

  /* A choice made by hand stays, also where it is the one that was brought. */
  shuke.on('change', 'select[data-filled]', function (event, field) { field.removeAttribute('data-filled'); });

  shuke.each('[data-fill]', function (brought) {
    var form = shuke.around(brought, 'form');
    shuke.fill(form && form.querySelector('[name=' + brought.getAttribute('data-fill') + ']'), brought.getAttribute('data-value'));
  });
}(window.shuke, document));
