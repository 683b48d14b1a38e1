/* A suggestion below a reference field: a click or Enter puts it into the field, and the arrows walk through the list.
   Esc closes it, and so does going on to another field; what comes for a field that was left is not shown. */
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

  /* The one before or after the focused one, among the field and what is offered for it. */
  function step(box, down) {
    var stops = [fieldOf(box)].concat(shuke.all('[data-choose]', box));
    var at = stops.indexOf(document.activeElement) + (down ? 1 : -1);
    stops[(at + stops.length) % stops.length].focus();
  }

  /* Enter in the field would send a form that is half filled: it takes the only one offered, or goes to the first. */
  function enter(box, event, element) {
    var offered = shuke.all('[data-choose]', box);
    if (element !== fieldOf(box) || !offered.length || shuke.around(element, '#lines')) { return; }
    event.preventDefault();
    offered[0][offered.length === 1 ? 'click' : 'focus']();
  }

  shuke.on('keydown', '.offered-box *, [hx-target$="-offered"]', function (event, element) {
    var key = event.key.replace('Arrow', '');
    var box = shuke.around(element, '.offered-box') || document.getElementById(element.id + '-offered');
    if (!box || !box.innerHTML || event.isComposing || event.keyCode === 229) { return; }
    if (key === 'Escape' || key === 'Esc') {
      box.innerHTML = '';
      event.stopPropagation();
    } else if (key === 'Down' || key === 'Up') {
      event.preventDefault();
      step(box, key === 'Down');
    } else if (key === 'Enter') {
      enter(box, event, element);
    }
  });
}(window.shuke, document));
