/* What is dragged: the panels of the workbench, the cards of the board. By touch after a moment's rest; a quick move
   scrolls the page as anywhere. A drag is no click on the link that it began on. */
(function (shuke, window, document) {
  'use strict';
  var dragging = false;
  var moved = false;

  /* `more` are Sortable's own options: what is dragged and by what, onStart and onEnd. */
  shuke.dragged = function (place, more) {
    if (!window.Sortable || window.Sortable.get(place)) { return; }
    var options = {
      forceFallback: true, fallbackTolerance: 4, fallbackOnBody: true, emptyInsertThreshold: 40, ghostClass: 'panel-place',
      fallbackClass: 'panel-moving', delay: 250, delayOnTouchOnly: true, touchStartThreshold: 8,
      onChoose: function () { dragging = true; },
      onUnchoose: function () { dragging = false; }
    };
    Object.keys(more).forEach(function (key) { options[key] = more[key]; });
    options.onStart = function (event) {
      moved = true;
      if (more.onStart) { more.onStart(event); }
    };
    options.onEnd = function (event) {
      dragging = moved = false; /* what is pressed for the person is a click */
      more.onEnd(event);
      moved = true;
      window.setTimeout(function () { moved = false; }, 0);
    };
    window.Sortable.create(place, options);
  };

  document.addEventListener('touchmove', function (event) {
    if (dragging && event.cancelable) { event.preventDefault(); }
  }, { passive: false });

  document.addEventListener('click', function (event) {
    if (moved) {
      event.preventDefault();
      event.stopPropagation();
    }
  }, true);
}(window.shuke, window, document));
