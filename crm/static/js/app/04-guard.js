/* Forms marked data-guard: leaving asks when something was changed. What was typed outlives a session that has ended:
   it is kept when the form is sent, thrown away when any page but the login answers, and put back after the login. */
(function (shuke, window, document) {
  'use strict';
  var KEY = 'shuke draft';
  var leaving = false;

  function controls(form) {
    return shuke.all('input, select, textarea', form).filter(function (control) {
      return control.name && ['hidden', 'password', 'file', 'submit', 'button'].indexOf(control.type) < 0;
    });
  }

  function values(form) {
    return controls(form).map(function (control) {
      if (control.type === 'checkbox' || control.type === 'radio') {
        return [control.name, control.value, control.checked];
      }
      if (control.type === 'select-multiple') {
        return [control.name, shuke.all('option', control).map(function (option) { return option.selected; })];
      }
      return [control.name, control.value];
    });
  }

  function isDirty(form) {
    return form.shuke && form.shuke.first !== undefined && !form.shuke.sent &&
      (form.shuke.changed || JSON.stringify(values(form)) !== form.shuke.first);
  }

  function hasDirtyForm(root) {
    return shuke.all('form[data-guard]', root).some(isDirty);
  }

  function storeDraft(form) {
    var box = shuke.around(form, '#box');
    shuke.session.set(KEY, JSON.stringify({
      box: (box && box.getAttribute('data-address')) || '',
      person: document.body.getAttribute('data-person'), path: window.location.pathname + window.location.search,
      action: form.getAttribute('action') || '', values: values(form)
    }));
  }

  function same(control, value) {
    return control.name === value[0] &&
      (value.length < 3 ? control.type !== 'checkbox' && control.type !== 'radio' : control.value === value[1]);
  }

  /* Rows that were added to the form are not on the page now: the server makes them anew from what was typed. */
  function addRows(form, rows) {
    rows.concat([['recount', '1']]).forEach(function (value) {
      form.appendChild(shuke.make('input', { type: 'hidden', name: value[0], value: value[1] }));
    });
    form.shuke.sent = true;
    form.submit();
  }

  function fillForm(form, saved) {
    var free = controls(form);
    var rows = [];
    saved.forEach(function (value) {
      var control = free.filter(function (each) { return same(each, value); })[0];
      if (!control && /^lines-\d+-/.test(value[0])) { rows.push(value); }
      if (!control) { return; }
      free.splice(free.indexOf(control), 1);
      if (value.length === 3) {
        control.checked = value[2];
      } else if (control.type === 'select-multiple') {
        shuke.all('option', control).forEach(function (option, n) { option.selected = !!value[1][n]; });
      } else {
        control.value = value[1];
      }
    });
    form.shuke.changed = true;
    if (rows.length) { addRows(form, rows); }
  }

  function offerDraft(draft) {
    var message = shuke.say(shuke.word('kept') + ' ', 'warning');
    var discard = shuke.make('button', { type: 'button', 'class': 'link' }, shuke.word('discard'));
    message.appendChild(shuke.make('a', { href: draft.path }, shuke.word('back_to_form')));
    message.appendChild(document.createTextNode(' · '));
    message.appendChild(discard);
    discard.addEventListener('click', function () { shuke.session.drop(KEY); shuke.drop(message); });
  }

  function restore() {
    var draft = null;
    try { draft = JSON.parse(shuke.session.get(KEY)); } catch (ignore) { draft = null; }
    var person = document.body.getAttribute('data-person');
    if (!draft) { return; }
    if (person === null) { /* the login page */
      draft.lost = true;
      shuke.session.set(KEY, JSON.stringify(draft));
      return;
    }
    if (!draft.lost || draft.person !== person) { shuke.session.drop(KEY); return; }
    var form = formOf(draft, document);
    if (draft.path !== window.location.pathname + window.location.search) {
      if (form) { shuke.session.drop(KEY); } else { offerDraft(draft); } /* the server has shown it again */
      return;
    }
    if (!form && draft.box && window.htmx) { openBox(draft); return; }
    if (!form) { offerDraft(draft); return; }
    restoreInput(form, draft);
  }

  function formOf(draft, root) {
    return shuke.all('form[data-guard]', root).filter(function (each) {
      return (each.getAttribute('action') || '') === draft.action;
    })[0];
  }

  function restoreInput(form, draft) {
    shuke.session.drop(KEY);
    fillForm(form, draft.values);
    shuke.say(shuke.word('restored'), 'warning');
  }

  /* The form was in a box: it opens again, and what was typed comes back into it. */
  function openBox(draft) {
    var waiting = true;
    document.addEventListener('htmx:afterSettle', function (event) {
      var form = waiting && event.detail.target && event.detail.target.id === 'box' && formOf(draft, event.detail.target);
      if (form) { waiting = false; restoreInput(form, draft); }
    });
    window.htmx.ajax('GET', draft.box, { target: '#box', swap: 'innerHTML' });
  }

  shuke.each('form[data-guard]', function (form) {
    form.shuke.first = JSON.stringify(values(form));
    form.shuke.changed = !!form.querySelector('[aria-invalid]');
  });

  document.addEventListener('submit', function (event) {
    var form = event.target;
    if (!event.defaultPrevented && form.hasAttribute('data-guard')) {
      storeDraft(form);
      form.shuke.sent = true;
    }
  });

  /* Before htmx follows an HX-Redirect (which may be to the login). */
  document.addEventListener('htmx:beforeOnLoad', function (event) {
    if (event.detail.xhr.getResponseHeader('HX-Redirect')) {
      shuke.all('form[data-guard]').filter(isDirty).forEach(storeDraft);
      leaving = true;
    }
  });

  window.addEventListener('beforeunload', function (event) {
    if (!leaving && hasDirtyForm(document)) {
      event.returnValue = shuke.word('leave');
      return event.returnValue;
    }
    return undefined;
  });
  window.addEventListener('pageshow', function () {
    leaving = false;
    shuke.all('form[data-guard]').forEach(function (form) { if (form.shuke) { form.shuke.sent = false; } });
  });
  document.addEventListener('DOMContentLoaded', restore);

  /* A link marked data-leaves ends in another page though it opens a box: asked before anybody else hears of the click. */
  document.addEventListener('click', function (event) {
    var link = event.target.nodeType === 1 && shuke.around(event.target, '[data-leaves]');
    if (link && hasDirtyForm(document) && !window.confirm(shuke.word('leave'))) {
      event.preventDefault();
      event.stopPropagation();
    }
  }, true);

  /* True when a reload would lose nothing that somebody typed, in a search box neither. */
  shuke.isUntouched = function () {
    return !hasDirtyForm(document) && !controls(document).some(function (control) {
      return /^(text|search|textarea)$/.test(control.type) && control.value !== control.defaultValue;
    });
  };

  /* True when what stands in root may go: nothing was changed, or the person says so. */
  shuke.mayLeave = function (root) {
    return !hasDirtyForm(root) || window.confirm(shuke.word('leave'));
  };
}(window.shuke, window, document));
