/* What is above a button may grow or go while the mouse button is held down: the list below a field closes, an answer
   comes. The browser then sees no click. Where the mouse has not moved, the button under it at first is pressed. */
(function (shuke, document) {
  'use strict';
  var STILL = 4; /* pixels that a hand trembles */

  /* What the mouse button last went down on, and where. */
  shuke.pressed = { target: null, element: null, x: 0, y: 0 };

  document.addEventListener('mousedown', function (event) {
    var element = event.button === 0 ? shuke.around(event.target, 'a[href], button') : null;
    shuke.pressed = { target: event.target, element: element, x: event.clientX, y: event.clientY };
  }, true);

  document.addEventListener('mouseup', function (event) {
    var pressed = shuke.pressed;
    var element = pressed.element;
    if (!element || element.contains(event.target) || !document.body.contains(element)) { return; }
    if (Math.abs(event.clientX - pressed.x) > STILL || Math.abs(event.clientY - pressed.y) > STILL) { return; }
    element.click();
  }, true);
}(window.shuke, document));
