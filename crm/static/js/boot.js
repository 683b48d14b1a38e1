/* Runs first, in the head, and is ES3: decides whether this browser gets scripts at all. Half support is worse than
   none, because htmx takes the forms over and then fails; so where anything is missing the plain pages stay. */
(function (window, document) {
  var root = document.documentElement;
  var tag = document.getElementById('boot');

  function parsesHtml() {
    try {
      return !!new window.DOMParser().parseFromString('<p>x', 'text/html').body.firstChild;
    } catch (ignore) {
      return false;
    }
  }

  function enough() {
    return !!(
      tag &&
      window.addEventListener &&
      window.FormData &&
      window.history && window.history.pushState &&
      root.classList &&
      window.DOMParser && parsesHtml() &&
      window.XMLHttpRequest && new window.XMLHttpRequest().upload &&
      /* htmx 1.9 is written with let and const; asking for them would need eval, which our policy forbids. */
      (window.Reflect || (root.msMatchesSelector && window.Map))
    );
  }

  function script(address) {
    document.write('<script src="' + address.replace(/"/g, '%22') + '"><\/script>');
  }

  if (enough()) {
    root.className += (root.className ? ' ' : '') + 'js';
    script(tag.getAttribute('data-htmx'));
    var more = tag.getAttribute('data-more').split(' ');
    for (var i = 0; i < more.length; i += 1) {
      if (more[i]) { script(more[i]); }
    }
  }
}(window, document));
