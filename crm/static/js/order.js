/* The order of departments and people: a row dragged to another place among those beside it. The buttons do the same
   without any of this. */
(function (shuke, document) {
  'use strict';
  shuke.each('[data-order]', function (list) {
    shuke.dragged(list, {
      draggable: 'li', handle: '.order-row',
      onEnd: function (event) {
        var form = document.getElementById('order-form');
        if (event.oldIndex === event.newIndex) { return; }
        form.elements.order.value = shuke.all('[data-mark]', list).filter(function (row) {
          return row.parentNode === list;
        }).map(function (row) { return row.getAttribute('data-mark'); }).join(' ');
        form.submit();
      }
    });
  });
}(window.shuke, document));
