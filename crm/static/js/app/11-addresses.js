/* IE 11 has no URL constructor; there htmx's check for requests to ourselves (selfRequestsOnly) compares the text of the
   address with location.origin and refuses every "/customers". So the address is made whole first. */
(function (window, document) {
  'use strict';
  if (typeof window.URL === 'function') { return; }
  if (!window.location.origin) { /* missing in IE 11 on Windows 7 */
    window.location.origin = window.location.protocol + '//' + window.location.host;
  }
  document.addEventListener('htmx:configRequest', function (event) {
    var link = document.createElement('a');
    link.href = event.detail.path;
    event.detail.path = link.href;
  });
}(window, document));
