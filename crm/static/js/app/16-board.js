/* The board: a card, taken anywhere but at its drop-down and button, and dropped into another column chooses that stage in
   its own drop-down and presses its own button, so dragging sends what a person without it sends. Dropped on 贏單 or 丟單,
   which are there while a card is dragged, it goes back to its place and the box asks why. A card that did not move
   stays as it was, and a click on its title opens it. */
(function (shuke, htmx, document) {
  'use strict';
  function put(card, stage) {
    var choice = card.querySelector('select');
    var before = choice.value;
    choice.value = stage;
    if (choice.value === stage) { card.querySelector('button').click(); } else { choice.value = before; }
  }

  function close(event, address) {
    event.from.insertBefore(event.item, event.from.children[event.oldIndex] || null);
    htmx.ajax('GET', address.replace('/0/', '/' + event.item.id.slice('card-'.length) + '/'), { target: '#box' });
  }

  function mark(on) {
    var ends = document.querySelector('.board-ends');
    if (ends) { ends.classList[on ? 'add' : 'remove']('shown'); }
  }

  shuke.each('.board-cards', function (column) {
    shuke.dragged(column, {
      group: 'board', draggable: '.movable', sort: false, filter: '.card-move', preventOnFilter: false,
      onStart: function () { mark(true); },
      onEnd: function (event) {
        var end = event.to.getAttribute('data-close');
        mark(false);
        if (end) {
          close(event, end);
        } else if (event.to !== event.from) {
          put(event.item, event.to.getAttribute('data-stage'));
        }
      }
    });
  });

  /* A browser would drag the link instead of the card. */
  shuke.each('.movable a', function (link) { link.setAttribute('draggable', 'false'); });
}(window.shuke, window.htmx, document));
