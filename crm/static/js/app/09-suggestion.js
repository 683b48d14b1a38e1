/* A date that the level suggests follows the contact time, until a person types one: then it is no suggestion any more. */
(function (shuke) {
  'use strict';
  shuke.on('change', '[data-suggestion] .control', function (event, input) {
    var suggested = shuke.around(input, '[data-suggestion]').querySelector('[name=suggested]');
    if (suggested) { suggested.value = ''; }
  });
}(window.shuke));
