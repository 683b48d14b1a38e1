/* The editor of print templates: a name or a picture is put where the cursor stands; the preview opens beside the form. */
(function (shuke, window, document) {
  'use strict';
  var MOST_BYTES = 200000;

  function put(area, text) {
    var start = area.selectionStart;
    var top = area.scrollTop;
    area.value = area.value.slice(0, start) + text + area.value.slice(area.selectionEnd);
    area.focus();
    area.setSelectionRange(start + text.length, start + text.length);
    area.scrollTop = top;
  }

  shuke.on('click', 'button[data-insert]', function (event, button) {
    put(document.getElementById(button.getAttribute('data-into')), button.getAttribute('data-insert'));
  });

  /* The picture becomes part of the template's text: a sheet fetches nothing. */
  shuke.on('change', 'input[data-picture]', function (event, input) {
    var file = input.files && input.files[0];
    var reader = new window.FileReader();
    if (!file) { return; }
    if (file.size > MOST_BYTES || !/^image\/(png|jpeg|gif)$/.test(file.type)) {
      shuke.say(input.getAttribute('data-picture'), 'warning');
      input.value = '';
      return;
    }
    reader.onload = function () {
      put(document.getElementById(input.getAttribute('data-into')), '<img src="' + reader.result + '" alt="" height="48">');
      input.value = '';
    };
    reader.readAsDataURL(file);
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
