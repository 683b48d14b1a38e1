/* A suggestion below a reference field: a click or Enter puts it into the field. Esc closes the list, and so does
   going on to another field; what comes for a field that was left is not shown. */
(function (shuke, document) {
  'use strict';
  function fieldOf(box) { return document.getElementById(box.id.replace(/-offered$/, '')); }

  function isLeft(box, focused) { return focused !== fieldOf(box) && !box.contains(focused); }

  document.addEventListener('focusin', function (event) {
    [].forEach.call(document.querySelectorAll('.offered-box'), function (box) {
      if (box.innerHTML && isLeft(box, event.target)) { box.innerHTML = ''; }
    });
  });

  document.addEventListener('htmx:beforeSwap', function (event) {
    var box = event.detail.target;
    if (/-offered$/.test(box.id) && isLeft(box, document.activeElement)) { event.detail.shouldSwap = false; }
  });

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
