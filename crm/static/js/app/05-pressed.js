/* What is above a button may grow or go while the mouse button is held down: the list below a field closes, an answer
   comes. The browser then sees no click. Where the mouse has not moved, the button under it at first is pressed. */
(function (shuke, document) {
  'use strict';
  var STILL = 4; /* pixels that a hand trembles */
  var held = null;

  document.addEventListener('mousedown', function (event) {
    var element = event.button === 0 && shuke.around(event.target, 'a[href], button');
    held = element ? { element: element, x: event.clientX, y: event.clientY } : null;
  }, true);

  document.addEventListener('mouseup', function (event) {
    var before = held;
    held = null;
    if (!before || before.element.contains(event.target) || !document.body.contains(before.element)) { return; }
    if (Math.abs(event.clientX - before.x) > STILL || Math.abs(event.clientY - before.y) > STILL) { return; }
    before.element.click();
  }, true);
}(window.shuke, document));
