/* Keys (S-7): / goes to the search, n opens the page's 新增, ? lists the keys; none of them while somebody types, nor while
   the box is open. Ctrl+Enter saves the form one is in, wherever it is. Esc closes the box (06-box). */
(function (shuke, htmx, window, document) {
  'use strict';
  var NO_TEXT = /^(checkbox|radio|button|submit|reset|file|image)$/;

  function isTyping(element) {
    return /^(SELECT|TEXTAREA)$/.test(element.tagName) || element.isContentEditable ||
      (element.tagName === 'INPUT' && !NO_TEXT.test(element.type));
  }

  function boxIsOpen() { return document.body.classList.contains('box-open'); }

  /* On a telephone the search opens by its link; elsewhere it is there. */
  function search() {
    var field = document.getElementById('search-q') || document.querySelector('.list-search .control');
    if (field && !field.offsetWidth) { window.location.hash = 'search'; }
    if (field) { field.focus(); field.select(); }
  }

  function add() {
    var link = document.querySelector('#main .actions a.primary[href*="/new"]');
    if (link) { link.click(); }
  }

  function list() { htmx.ajax('GET', document.body.getAttribute('data-keys'), { target: '#box' }); }

  function save(element) {
    var form = shuke.around(element, 'form') || document.querySelector(boxIsOpen() ? '#box form' : '#main form.form');
    var button = form && form.querySelector('button.primary:not([type=button])');
    if (button) { button.click(); }
    return button;
  }

  var acts = { '/': search, n: add, '?': list };

  document.addEventListener('keydown', function (event) {
    var control = event.ctrlKey || event.metaKey;
    if (event.defaultPrevented || event.altKey) { return; }
    if (control && event.key === 'Enter' && save(event.target)) { event.preventDefault(); }
    if (control || !acts[event.key] || isTyping(event.target) || boxIsOpen() || !htmx) { return; }
    if (!document.body.getAttribute('data-keys')) { return; }
    event.preventDefault();
    acts[event.key]();
  });

  shuke.on('click', '.search-link', function () { window.setTimeout(search, 0); });
}(window.shuke, window.htmx, window, document));
