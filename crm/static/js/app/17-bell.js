/* Every request of htmx says how many unread notices the page shows: where that is no longer so, the answer fires
   "notices-changed", and the bell fetches itself anew. */
(function (document) {
  'use strict';
  document.addEventListener('htmx:configRequest', function (event) {
    var bell = document.getElementById('bell');
    if (bell) { event.detail.headers['X-Notices'] = bell.getAttribute('data-count') || '0'; }
  });
}(document));
