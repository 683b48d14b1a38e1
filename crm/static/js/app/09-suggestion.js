/* A date that the level suggests follows the contact time, until a person types one: then it is no suggestion any more. */
(function (shuke, htmx) {
  'use strict';
  shuke.on('change', '[data-suggestion] .control', function (event, input) {
    var suggested = shuke.around(input, '[data-suggestion]').querySelector('[name=suggested]');
    if (suggested) { suggested.value = ''; }
  });

  /* Beside it stand the days that are chosen most. */
  shuke.on('click', '[data-set]', function (event, button) {
    var input = shuke.around(button, '.slot').querySelector('.control');
    input.value = button.getAttribute('data-set');
    htmx.trigger(input, 'change');
  });
}(window.shuke, window.htmx));
