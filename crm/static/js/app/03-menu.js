/* The menu: groups fold and stay as they were left; on narrow screens it is a drawer. */
(function (shuke, document) {
  'use strict';
  var KEY = 'shuke folded';
  var SCROLL = 'shuke menu scroll';

  function folded() {
    return (shuke.local.get(KEY) || '').split(' ').filter(Boolean);
  }

  function show(group, isFolded) {
    group.classList[isFolded ? 'add' : 'remove']('folded');
    group.querySelector('.fold').setAttribute('aria-expanded', isFolded ? 'false' : 'true');
  }

  function remember(key, isFolded) {
    var keys = folded().filter(function (other) { return other !== key; });
    if (isFolded) { keys.push(key); }
    shuke.local.set(KEY, keys.join(' '));
  }

  shuke.each('.menu-group', function (group) {
    var heading = group.querySelector('h2');
    var key = group.getAttribute('data-group');
    var button = shuke.make('button', {
      type: 'button', 'class': 'fold', 'aria-controls': group.querySelector('ul').id
    }, heading.textContent);
    heading.textContent = '';
    heading.appendChild(button);
    show(group, !group.hasAttribute('data-current') && folded().indexOf(key) >= 0);
    button.addEventListener('click', function () {
      var next = !group.classList.contains('folded');
      show(group, next);
      remember(key, next);
    });
  });

  /* The menu scrolls by itself; the next page finds it where it was, with the current entry in sight. */
  shuke.each('#menu', function (menu) {
    var current = menu.querySelector('.current');
    menu.scrollTop = Number(shuke.session.get(SCROLL)) || 0;
    if (current) {
      var place = current.getBoundingClientRect();
      var frame = menu.getBoundingClientRect();
      if (place.bottom > frame.bottom) { menu.scrollTop += place.bottom - frame.bottom + 40; }
      if (place.top < frame.top) { menu.scrollTop -= frame.top - place.top + 40; }
    }
    menu.addEventListener('scroll', function () { shuke.session.set(SCROLL, menu.scrollTop); });
  });

  function drawer(open) {
    var menu = document.getElementById('menu');
    var link = document.querySelector('.menu-link');
    menu.classList[open ? 'add' : 'remove']('open');
    link.setAttribute('aria-expanded', open ? 'true' : 'false');
    if (open) { menu.focus(); } else { link.focus(); }
  }

  shuke.each('.menu-link', function (link) {
    link.setAttribute('role', 'button');
    link.setAttribute('aria-expanded', 'false');
    link.setAttribute('aria-controls', 'menu');
  });
  shuke.on('click', '.menu-link', function (event) { event.preventDefault(); event.stopPropagation(); drawer(true); });
  document.addEventListener('click', function (event) {
    var menu = document.getElementById('menu');
    if (menu && menu.classList.contains('open') && !shuke.around(event.target, '#menu, .menu-link')) { drawer(false); }
  });
  document.addEventListener('keydown', function (event) {
    var menu = document.getElementById('menu');
    if ((event.key === 'Esc' || event.key === 'Escape') && menu && menu.classList.contains('open')) { drawer(false); }
  });
}(window.shuke, document));
