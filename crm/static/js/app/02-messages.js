/* Messages of our own in #messages, and what happens when an answer of htmx is no answer. */
(function (shuke, document) {
  'use strict';

  /* Where a person sees messages: in the box while it is open, for the page lies under it. */
  function visible() {
    var head = document.querySelector('#box .box-paper .box-head');
    var place = document.getElementById('box-messages');
    if (head && !place) {
      place = shuke.make('div', { id: 'box-messages', role: 'status' });
      head.parentNode.insertBefore(place, head.nextSibling);
    }
    return (head && place) || document.getElementById('messages');
  }

  /* Messages that came with an answer move to where they are seen. */
  shuke.showMessages = function () {
    var source = document.getElementById('messages');
    var place = visible();
    if (source && place !== source && source.firstChild) {
      place.innerHTML = '';
      while (source.firstChild) { place.appendChild(source.firstChild); }
    }
  };

  shuke.say = function (text, category) {
    var place = visible();
    var message = shuke.make('p', { 'class': 'message ' + (category || 'done') }, text);
    if (place) {
      place.innerHTML = '';
      place.appendChild(message);
      if (place.getBoundingClientRect().top < 0 && place.scrollIntoView) { place.scrollIntoView(); }
    }
    return message;
  };

  /* An invalid form (422), a refused action (409) and what says where it stands (HX-Reswap: none) carry what the person
     must read: they are swapped like a success. */
  document.addEventListener('htmx:beforeSwap', function (event) {
    var status = event.detail.xhr.status;
    if (status === 422 || status === 409 || event.detail.xhr.getResponseHeader('HX-Reswap') === 'none') {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });

  /* Somebody signed in again in another window: the forms of this page are theirs again. */
  document.addEventListener('htmx:beforeOnLoad', function (event) {
    var token = event.detail.xhr.getResponseHeader('X-Form-Token');
    if (!token) { return; }
    document.body.setAttribute('hx-headers', JSON.stringify({ 'X-CSRFToken': token }));
    shuke.all('input[name=csrf_token]').forEach(function (input) { input.value = token; });
  });

  document.addEventListener('htmx:responseError', function () { shuke.say(shuke.word('refused'), 'error'); });
  document.addEventListener('htmx:sendError', function () { shuke.say(shuke.word('offline'), 'error'); });
  document.addEventListener('htmx:timeout', function () { shuke.say(shuke.word('offline'), 'error'); });

  /* The summary of errors takes the focus, so that it is read out; its links lead to the fields. */
  shuke.each('[data-focus]', function (element) { element.focus(); });
  shuke.on('click', '.errors a', function (event, link) {
    var field = document.getElementById(link.getAttribute('href').slice(1));
    if (field && field.focus) {
      event.preventDefault();
      if (field.hasAttribute('role')) { field = field.querySelector('input') || field; }
      field.focus();
    }
  });
}(window.shuke, document));
