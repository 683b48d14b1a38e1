/* Where the panels of the workbench stand, and moving one by one place: the rules are those of the page 定制工作臺. */
(function (shuke, document) {
  'use strict';
  var FEWEST = 2;
  var MOST = 3;

  function bench() { return document.getElementById('workbench'); }
  function columns() { return shuke.all('.column', bench()); }
  function panels(column) { return shuke.all('.panel', column); }

  /* As the server reads it: "today due|sales". An empty third column is none. */
  function layout() {
    var texts = columns().map(function (column) {
      return panels(column).map(function (panel) { return panel.getAttribute('data-panel'); }).join(' ');
    });
    while (texts.length > FEWEST && !texts[texts.length - 1]) { texts.pop(); }
    return texts.join('|');
  }

  function spot(panel) {
    var column = columns().indexOf(panel.parentNode);
    return { column: column, row: panels(panel.parentNode).indexOf(panel) };
  }

  function widen() {
    var column = shuke.make('div', { 'class': 'column' });
    var last = columns().pop();
    last.parentNode.insertBefore(column, last.nextSibling);
    return column;
  }

  /* Three columns are narrower than two; an empty third one goes. */
  function settle() {
    var all = columns();
    while (all.length > FEWEST && !panels(all[all.length - 1]).length) { shuke.drop(all.pop()); }
    bench().classList[all.length > FEWEST ? 'add' : 'remove']('three');
  }

  /* The directions in which the panel can go, in the order of the menu. */
  function ways(panel) {
    var at = spot(panel);
    return [
      at.row > 0 && 'up', panel.nextElementSibling && 'down', at.column > 0 && 'left', at.column < MOST - 1 && 'right'
    ].filter(Boolean);
  }

  function move(panel, way) {
    var at = spot(panel);
    var step = way === 'down' || way === 'right' ? 1 : -1;
    var column = panel.parentNode;
    if (way === 'left' || way === 'right') { column = columns()[at.column + step] || widen(); } else { at.row += step; }
    shuke.drop(panel);
    column.insertBefore(panel, panels(column)[at.row] || null);
    settle();
  }

  shuke.places = {
    bench: bench, columns: columns, panels: panels, layout: layout, settle: settle, ways: ways, move: move
  };
}(window.shuke, document));
