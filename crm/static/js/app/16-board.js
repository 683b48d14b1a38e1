/* The board: a card dropped into another column chooses that stage in its own drop-down and presses its own button, so
   dragging sends what a person without it sends. A card that did not move stays as it was. */
(function (shuke, window) {
  'use strict';
  function put(card, stage) {
    var choice = card.querySelector('select');
    var before = choice.value;
    choice.value = stage;
    if (choice.value === stage) { card.querySelector('button').click(); } else { choice.value = before; }
  }

  shuke.each('.board-cards', function (column) {
    if (!window.Sortable) { return; }
    window.Sortable.create(column, {
      group: 'board', handle: '.card-handle', draggable: '.movable', sort: false, forceFallback: true, fallbackTolerance: 4,
      fallbackOnBody: true, emptyInsertThreshold: 40, ghostClass: 'panel-place', fallbackClass: 'panel-moving',
      onEnd: function (event) {
        if (event.to !== event.from) { put(event.item, event.to.getAttribute('data-stage')); }
      }
    });
  });
}(window.shuke, window));
