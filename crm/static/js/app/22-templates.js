/* The editor of print templates: a name is put where the cursor stands; the preview opens beside the form. */
(function (shuke, window, document) {
  'use strict';
  shuke.on('click', 'button[data-insert]', function (event, button) {
    var area = document.getElementById(button.getAttribute('data-into'));
    var text = button.getAttribute('data-insert');
    var start = area.selectionStart;
    var top = area.scrollTop;
    area.value = area.value.slice(0, start) + text + area.value.slice(area.selectionEnd);
    area.focus();
    area.setSelectionRange(start + text.length, start + text.length);
    area.scrollTop = top;
  });

  /* The form stays: it is neither under way nor sent. */
  shuke.on('click', 'button[formtarget]', function (event, button) {
    var form = shuke.around(button, 'form');
    form.setAttribute('target', button.getAttribute('formtarget'));
    window.setTimeout(function () {
      form.removeAttribute('target');
      if (form.shuke) { form.shuke.sent = false; }
    }, 0);
  });
}(window.shuke, window, document));
