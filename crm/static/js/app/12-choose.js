/* A suggestion below a reference field: a click or Enter puts it into the field. Esc closes the list. */
(function (shuke, document) {
  'use strict';
  function fieldOf(box) { return document.getElementById(box.id.replace(/-offered$/, '')); }

  shuke.on('click', '[data-choose]', function (event, element) {
    var box = shuke.around(element, '.offered-box');
    var field = box && fieldOf(box);
    if (!field) { return; }
    event.preventDefault();
    field.value = element.getAttribute('data-choose');
    box.innerHTML = '';
    field.focus();
    if (window.htmx) { window.htmx.trigger(field, 'chosen'); }
  });

  shuke.on('keydown', '.offered-box *, [hx-target$="-offered"]', function (event, element) {
    var box;
    if (event.key !== 'Escape' && event.key !== 'Esc') { return; }
    box = shuke.around(element, '.offered-box') || document.getElementById(element.id + '-offered');
    if (box && box.innerHTML) { box.innerHTML = ''; event.stopPropagation(); }
  });
}(window.shuke, document));
