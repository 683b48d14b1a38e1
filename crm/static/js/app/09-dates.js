/* Dates as text: what is typed is brought into the form 2026-08-31 (or 2026-08-31 09:00) when the field is left. */
(function (shuke) {
  'use strict';

  function two(number) { return (number < 10 ? '0' : '') + Number(number); }

  /* The same in half width: 2026/8/31 is often typed in full width characters by an input method. */
  function narrow(text) {
    return text.replace(/[\uff01-\uff5e]/g, function (character) {
      return String.fromCharCode(character.charCodeAt(0) - 0xfee0);
    }).replace(/\u3000/g, ' ').trim();
  }

  function valid(year, month, day) {
    var date = new Date(year, month - 1, day);
    return date.getFullYear() === year && date.getMonth() === month - 1 && date.getDate() === day;
  }

  shuke.dates = {
    iso: function (date) {
      return ('000' + date.getFullYear()).slice(-4) + '-' + two(date.getMonth() + 1) + '-' + two(date.getDate());
    },

    /* {date: Date, time: 'HH:MM' or ''} or null for what is no date. Without a year the current one is meant. */
    read: function (text) {
      var parts = /^(?:(\d{4})[\-\/.年 ]?)?(\d{1,2})[\-\/.月 ]?(\d{1,2})日?(?:[T ]+(\d{1,2})[:.]?(\d{2})?)?$/.exec(narrow(text));
      var year, hour, minute;
      if (!parts) { return null; }
      year = Number(parts[1]) || new Date().getFullYear();
      if (!valid(year, Number(parts[2]), Number(parts[3]))) { return null; }
      hour = Number(parts[4]);
      minute = Number(parts[5] || 0);
      return {
        date: new Date(year, parts[2] - 1, Number(parts[3])),
        time: parts[4] && hour < 24 && minute < 60 ? two(hour) + ':' + two(minute) : ''
      };
    },

    write: function (found, withTime) {
      return shuke.dates.iso(found.date) + (withTime ? ' ' + (found.time || '09:00') : '');
    }
  };

  shuke.on('change', '[data-date], [data-datetime]', function (event, input) {
    var found = shuke.dates.read(input.value);
    if (found) { input.value = shuke.dates.write(found, input.hasAttribute('data-datetime')); }
  });
}(window.shuke));
