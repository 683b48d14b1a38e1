/* What is offered while one types: one list for every field that suggests, below reference fields and the search box.
   The focus stays in the field. ↓ and ↑ highlight, Enter and Tab take what is highlighted, Esc closes the list alone,
   a click takes too. Enter while the list is open never sends the form: with nothing highlighted it takes the only one
   offered, or the one that was typed in full, else it highlights the first. In the search box (data-free) what was
   typed is an answer too, so there Enter without a highlight searches. Keys of an input method are not ours. */
(function (shuke, htmx, document) {
  'use strict';
  var KEYS = { Down: 'ArrowDown', Up: 'ArrowUp', Esc: 'Escape' };
  var START = { chosen: null, shownFor: null, settled: null, asked: null, steps: 0, takes: false };

  function boxOf(field) { return document.getElementById(field.getAttribute('data-suggests')); }
  function fieldOf(box) { return document.querySelector('[data-suggests="' + box.id + '"]'); }
  function options(field) { return shuke.all('[role=option]', boxOf(field)); }
  function isShown(field) { return !!boxOf(field).innerHTML.trim(); }
  function state(field) { field.suggests = field.suggests || Object.create(START); return field.suggests; }

  function highlight(field, option) {
    options(field).forEach(function (each) { each.setAttribute('aria-selected', String(each === option)); });
    state(field).chosen = option;
    if (!option) { field.removeAttribute('aria-activedescendant'); return; }
    field.setAttribute('aria-activedescendant', option.id);
    var box = boxOf(field);
    var top = option.getBoundingClientRect().top - box.getBoundingClientRect().top + box.scrollTop;
    if (top < box.scrollTop) { box.scrollTop = top; }
    if (top + option.offsetHeight > box.scrollTop + box.clientHeight) { box.scrollTop = top + option.offsetHeight - box.clientHeight; }
  }

  function move(field, step) {
    var all = options(field);
    var at = all.indexOf(state(field).chosen);
    var next = at < 0 && step < 0 ? all.length - 1 : at + step;
    if (all.length) { highlight(field, all[(next + all.length) % all.length]); }
  }

  /* What was pressed before the list was there. */
  function forget(field) {
    state(field).steps = 0;
    state(field).takes = false;
  }

  /* What still comes for this text is not shown any more. */
  function close(field) {
    var kept = state(field);
    highlight(field, null);
    boxOf(field).innerHTML = '';
    field.setAttribute('aria-expanded', 'false');
    field.removeAttribute('aria-controls');
    kept.settled = field.value;
    kept.shownFor = null;
    forget(field);
  }

  function closeOthers(target) {
    shuke.all('[data-suggests][aria-expanded]').forEach(function (field) {
      if (isShown(field) && target !== field && !boxOf(field).contains(target)) { close(field); }
    });
  }

  function take(field, option, by) {
    var text = option.getAttribute('data-choose');
    if (text === null) { option.click(); return; }
    field.value = text;
    close(field);
    field.focus();
    htmx.trigger(field, 'chosen', { by: by });
  }

  /* The list is asked for at once; what was pressed meanwhile counts when it is there. */
  function ask(field) {
    if (state(field).asked === field.value) { return; }
    state(field).settled = null;
    state(field).asked = field.value;
    htmx.trigger(field, 'suggest');
  }

  function isTyped(field, option) {
    var typed = field.value.trim().toLowerCase();
    var parts = /^(.*) \[([^\]]*)\]$/.exec(option.getAttribute('data-choose') || '') || [option.getAttribute('data-choose')];
    return parts.some(function (part) { return !!part && part.toLowerCase() === typed; });
  }

  function enter(field) {
    var all = options(field);
    var chosen = state(field).chosen;
    var typed = all.filter(function (option) { return isTyped(field, option); });
    if (chosen) { take(field, chosen, 'Enter'); return true; }
    if (field.hasAttribute('data-free')) { close(field); return false; }
    if (!all.length) { return false; }
    if (state(field).shownFor !== field.value) {
      state(field).takes = true;
      ask(field);
    } else if (all.length === 1 || typed.length === 1) {
      take(field, typed[0] || all[0], 'Enter');
    } else {
      move(field, 1);
    }
    return true;
  }

  /* Each says whether the key is used up. */
  var acts = {
    ArrowDown: function (field) {
      if (options(field).length) { move(field, 1); return true; }
      if (!field.value.trim()) { return false; }
      state(field).steps += 1;
      ask(field);
      return true;
    },
    ArrowUp: function (field) {
      if (!options(field).length) { return false; }
      move(field, -1);
      return true;
    },
    Enter: function (field) {
      if (state(field).steps && !isShown(field)) { state(field).takes = true; return true; }
      return enter(field);
    },
    Tab: function (field) {
      if (state(field).chosen && state(field).chosen.hasAttribute('data-choose')) { take(field, state(field).chosen, 'Tab'); }
      close(field);
      return false;
    },
    Escape: function (field) {
      if (!isShown(field)) { return false; }
      close(field);
      return true;
    }
  };

  /* Before whatever else listens: the box, the lines of a document. */
  document.addEventListener('keydown', function (event) {
    var field = event.target;
    var act = acts[KEYS[event.key] || event.key];
    if (!act || !field.getAttribute || !field.hasAttribute('data-suggests')) { return; }
    if (event.ctrlKey || event.metaKey) { return; }
    if (act(field)) {
      event.preventDefault();
      event.stopPropagation();
    }
  }, true);

  shuke.each('[data-suggests]', function (field) {
    field.setAttribute('role', 'combobox');
    field.setAttribute('aria-autocomplete', 'list');
    field.setAttribute('aria-expanded', 'false');
    field.addEventListener('htmx:beforeRequest', function (event) {
      var kept = state(field);
      if (event.target === field && (field.value === kept.settled || field.value === kept.shownFor)) { event.preventDefault(); }
    });
    field.addEventListener('htmx:afterRequest', function (event) {
      if (event.target === field) { state(field).asked = null; }
    });
    ['htmx:sendError', 'htmx:responseError'].forEach(function (type) {
      field.addEventListener(type, function () { forget(field); });
    });
  });

  /* What comes for a field that was left, or whose list was closed, is not shown. */
  document.addEventListener('htmx:beforeSwap', function (event) {
    var field = fieldOf(event.detail.target);
    if (field && (field !== document.activeElement || field.value === state(field).settled)) { event.detail.shouldSwap = false; }
  });

  document.addEventListener('htmx:afterSwap', function (event) {
    var box = event.detail.target;
    var field = fieldOf(box);
    var list = box.querySelector('[role=listbox]');
    if (!field) { return; }
    var kept = state(field);
    var steps = kept.steps;
    var takes = kept.takes;
    options(field).forEach(function (option, n) { option.id = box.id + '-' + n; });
    kept.shownFor = field.value;
    forget(field);
    highlight(field, null);
    field.setAttribute('aria-expanded', String(!!list));
    if (!list) { field.removeAttribute('aria-controls'); return; }
    list.id = box.id + '-list';
    field.setAttribute('aria-controls', list.id);
    for (; steps > 0; steps -= 1) { move(field, 1); }
    if (takes) { enter(field); }
  });

  shuke.on('mousedown', '[role=option]', function (event) { event.preventDefault(); }); /* the focus stays in the field */
  shuke.on('click', '[data-choose]', function (event, option) {
    var field = fieldOf(shuke.around(option, '.offered-box'));
    if (field) { take(field, option, 'click'); }
  });
  ['focusin', 'click'].forEach(function (type) {
    document.addEventListener(type, function (event) { closeOthers(event.target); });
  });
}(window.shuke, window.htmx, document));
