/* The ground the other files stand on: texts, walking the page, and "do this to every such element, now and later". */
window.shuke = (function (window, document) {
  'use strict';
  var texts = null;
  var starters = [];

  /* A translated text from <body data-words>. */
  function word(key) {
    if (!texts) {
      try { texts = JSON.parse(document.body.getAttribute('data-words')) || {}; } catch (ignore) { texts = {}; }
    }
    return texts[key] || '';
  }

  function all(selector, root) {
    return Array.prototype.slice.call((root || document).querySelectorAll(selector));
  }

  function matches(element, selector) {
    var test = element.matches || element.msMatchesSelector || element.webkitMatchesSelector;
    return !!test && test.call(element, selector);
  }

  /* The element itself or the nearest around it that fits. */
  function around(element, selector) {
    while (element && element.nodeType === 1) {
      if (matches(element, selector)) { return element; }
      element = element.parentNode;
    }
    return null;
  }

  function make(name, attributes, text) {
    var element = document.createElement(name);
    Object.keys(attributes || {}).forEach(function (key) { element.setAttribute(key, attributes[key]); });
    if (text) { element.textContent = text; }
    return element;
  }

  function drop(element) {
    if (element && element.parentNode) { element.parentNode.removeChild(element); }
  }

  /* The focus without a jump of the page: the place is remembered as IE knows no preventScroll. */
  function focusHere(element) {
    var x = window.pageXOffset;
    var y = window.pageYOffset;
    element.focus();
    window.scrollTo(x, y);
  }

  /* By attribute: a field called "method" would hide the form's property. */
  function posts(form) {
    return (form.getAttribute('method') || '').toLowerCase() === 'post';
  }

  function start(root) {
    starters.forEach(function (starter) {
      if (root.nodeType === 1 && matches(root, starter.selector)) { starter.begin(root); }
      all(starter.selector, root).forEach(starter.begin);
    });
  }

  /* begin(element) runs once for every element that fits, in the page and in whatever htmx brings later. */
  function each(selector, begin) {
    starters.push({
      selector: selector,
      begin: function (element) {
        var mark = 'started ' + selector;
        element.shuke = element.shuke || {};
        if (!element.shuke[mark]) { element.shuke[mark] = true; begin(element); }
      }
    });
  }

  /* handle(event, element) for a click (or another event) on what fits the selector. */
  function on(type, selector, handle) {
    document.addEventListener(type, function (event) {
      var element = around(event.target, selector);
      if (element) { handle(event, element); }
    });
  }

  /* sessionStorage and localStorage may be forbidden; then nothing is remembered. */
  function store(kind) {
    return {
      get: function (key) { try { return window[kind].getItem(key); } catch (ignore) { return null; } },
      set: function (key, value) { try { window[kind].setItem(key, value); } catch (ignore) { return; } },
      drop: function (key) { try { window[kind].removeItem(key); } catch (ignore) { return; } }
    };
  }

  /* While an input method composes, Enter, Esc and the arrows are its own: none of ours hears them. */
  document.addEventListener('keydown', function (event) {
    if (event.isComposing || event.keyCode === 229) { event.stopImmediatePropagation(); }
  }, true);

  /* What only stands in for scripts: a hidden button would still be the one that Enter presses. */
  each('.no-js-only', drop);

  document.addEventListener('DOMContentLoaded', function () { start(document); });
  document.addEventListener('htmx:load', function (event) { start(event.detail.elt); });

  return {
    word: word, all: all, matches: matches, around: around, make: make, drop: drop, focusHere: focusHere, each: each,
    on: on, posts: posts,
    local: store('localStorage'), session: store('sessionStorage')
  };
}(window, document));
