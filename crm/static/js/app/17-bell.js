/* Every request of htmx says how many unread notices the page shows: where that is no longer so, the answer fires
   "notices-changed", and the bell fetches itself anew. Every minute the page asks by itself whether something is new
   (304: nothing is); what is to be reminded of is said, and the title shows the number. So it learns, too, that its
   session has ended. */
(function (shuke, htmx, window, document) {
  'use strict';
  function bell() { return document.getElementById('bell'); }

  document.addEventListener('htmx:configRequest', function (event) {
    if (bell()) { event.detail.headers['X-Notices'] = bell().getAttribute('data-count') || '0'; }
  });

  function entitle() {
    var count = Number(bell().getAttribute('data-count'));
    document.title = (count ? '(' + count + ') ' : '') + document.title.replace(/^\(\d+\) /, '');
  }

  function show(news) {
    bell().outerHTML = news.bell;
    htmx.process(bell());
    entitle();
    news.told.forEach(function (text) { shuke.say(text, 'warning'); });
  }

  shuke.each('.bell', entitle);
  window.setInterval(function () {
    var request = new XMLHttpRequest();
    if (!bell() || document.hidden) { return; }
    request.open('GET', bell().getAttribute('data-news'));
    request.setRequestHeader('HX-Request', 'true');
    request.setRequestHeader('If-None-Match', '"' + bell().getAttribute('data-state') + '"');
    request.onload = function () {
      if (request.status === 200 && request.responseText.charAt(0) === '{') { show(JSON.parse(request.responseText)); }
      /* The session has ended: what the page shows is nobody's any more, and the login page leads back to it. */
      if (request.getResponseHeader('HX-Redirect') && shuke.isUntouched()) { window.location.reload(); }
    };
    request.send();
  }, 60000);
}(window.shuke, window.htmx, window, document));
