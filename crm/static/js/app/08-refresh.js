/* <img data-refresh> fetches itself anew on a click; <a data-refresh="ID"> does it for the picture with that id. */
(function (shuke, document) {
  'use strict';
  shuke.on('click', '[data-refresh]', function (event, element) {
    var id = element.getAttribute('data-refresh');
    var picture = id ? document.getElementById(id) : element;
    if (picture && picture.src) {
      event.preventDefault();
      picture.src = picture.src.replace(/[?&]again=\d+/, '') +
        (picture.src.indexOf('?') < 0 || /\?again=/.test(picture.src) ? '?' : '&') + 'again=' + new Date().getTime();
    }
  });
}(window.shuke, document));
