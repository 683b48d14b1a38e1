/* A tree of nested lists: branches fold, and stay as they were left while the browser is open. */
(function (shuke) {
  'use strict';
  var KEY = 'shuke tree ';

  function folded(place) { return (shuke.session.get(KEY + place) || '').split(' ').filter(Boolean); }

  function show(branch, button, isFolded) {
    branch.classList[isFolded ? 'add' : 'remove']('folded');
    button.setAttribute('aria-expanded', isFolded ? 'false' : 'true');
  }

  shuke.each('[data-tree]', function (tree) {
    var place = window.location.pathname;
    shuke.all('li', tree).forEach(function (branch, number) {
      var name = branch.firstElementChild;
      var button;
      if (!branch.querySelector('ul')) { return; }
      button = shuke.make('button', { type: 'button', 'class': 'twig', 'aria-label': name.textContent });
      branch.insertBefore(button, name);
      show(branch, button, folded(place).indexOf(String(number)) >= 0);
      button.addEventListener('click', function () {
        var next = !branch.classList.contains('folded');
        var numbers = folded(place).filter(function (other) { return other !== String(number); });
        show(branch, button, next);
        if (next) { numbers.push(String(number)); }
        shuke.session.set(KEY + place, numbers.join(' '));
      });
    });
  });
}(window.shuke));
