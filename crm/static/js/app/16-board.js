/* The board: a card, taken anywhere but at its drop-down and button, and dropped into another column chooses that stage in
   its own drop-down and presses its own button, so dragging sends what a person without it sends. A card that did not
   move stays as it was, and a click on its title opens it. */
(function (shuke) {
  'use strict';
  function put(card, stage) {
    var choice = card.querySelector('select');
    var before = choice.value;
    choice.value = stage;
    if (choice.value === stage) { card.querySelector('button').click(); } else { choice.value = before; }
  }

  shuke.each('.board-cards', function (column) {
    shuke.dragged(column, {
      group: 'board', draggable: '.movable', sort: false, filter: '.card-move', preventOnFilter: false,
      onEnd: function (event) {
        if (event.to !== event.from) { put(event.item, event.to.getAttribute('data-stage')); }
      }
    });
  });

  /* A browser would drag the link instead of the card. */
  shuke.each('.movable a', function (link) { link.setAttribute('draggable', 'false'); });
}(window.shuke));
