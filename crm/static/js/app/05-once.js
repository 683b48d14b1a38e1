/* A second click on a button whose form is under way does nothing. (The server would notice too.) */
(function (shuke, window, document) {
  'use strict';
  var AGAIN_MS = 15000; /* for answers that are files: the page stays, and so must the button */

  function free(form) {
    form.removeAttribute('aria-busy');
    form.classList.remove('busy');
  }

  function take(form) {
    form.setAttribute('aria-busy', 'true');
    form.classList.add('busy');
    window.setTimeout(function () { free(form); }, AGAIN_MS);
  }

  document.addEventListener('submit', function (event) {
    if (event.target.getAttribute('aria-busy') === 'true') {
      event.preventDefault();
      event.stopPropagation();
    }
  }, true);

  document.addEventListener('submit', function (event) {
    var form = event.target;
    if (!event.defaultPrevented && shuke.posts(form) && !form.getAttribute('target')) { take(form); }
  });

  document.addEventListener('htmx:beforeRequest', function (event) {
    var form = event.detail.elt;
    if (form.tagName === 'FORM' && shuke.posts(form)) { take(form); }
  });
  document.addEventListener('htmx:afterRequest', function (event) {
    if (event.detail.elt.tagName === 'FORM') { free(event.detail.elt); }
  });
  window.addEventListener('pageshow', function () { shuke.all('form[aria-busy]').forEach(free); });
}(window.shuke, window, document));
