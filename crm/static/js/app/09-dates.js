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

  /* Years of the Republic: 115/8/31, 民國115年8月31日 and 1150831 are 2026. */
  var COMPACT = /^()(\d{4}|[01]\d{2})(\d{2})(\d{2})(?:[T ]+(\d{1,2})[:.](\d{2}))?$/;
  var PARTED = /^(?:中華|中华)?(民[國国] ?)?(\d{1,4}) ?[\-\/.年 ] ?(\d{1,2}) ?[\-\/.月 ] ?(\d{1,2}) ?[日號号]?(?:[T ]+(\d{1,2})[:.](\d{2}))?$/;

  /* The year; 0 where two digits may be a year of either count, which the server explains. */
  function yearOf(republic, digits) {
    if (republic || digits.length === 3) { return Number(digits) + 1911; }
    return digits.length === 4 ? Number(digits) : 0;
  }

  shuke.dates = {
    iso: function (date) {
      return ('000' + date.getFullYear()).slice(-4) + '-' + two(date.getMonth() + 1) + '-' + two(date.getDate());
    },

    /* {date: Date, time: 'HH:MM' or ''} or null for what is no date, or none that can be told; the server says why. */
    read: function (text) {
      var typed = narrow(text);
      var parts = COMPACT.exec(typed) || PARTED.exec(typed);
      var year, hour, minute;
      if (!parts) { return null; }
      year = yearOf(parts[1], parts[2]);
      if (year < 1800 || !valid(year, Number(parts[3]), Number(parts[4]))) { return null; }
      hour = Number(parts[5]);
      minute = Number(parts[6] || 0);
      if (parts[5] && (hour > 23 || minute > 59)) { return null; }
      return {
        date: new Date(year, parts[3] - 1, Number(parts[4])),
        time: parts[5] ? two(hour) + ':' + two(minute) : ''
      };
    },

    /* `without` is the time that a date alone means. */
    write: function (found, withTime, without) {
      return shuke.dates.iso(found.date) + (withTime ? ' ' + (found.time || without || '09:00') : '');
    }
  };

  shuke.on('change', '[data-date], [data-datetime]', function (event, input) {
    var found = shuke.dates.read(input.value);
    var withTime = input.hasAttribute('data-datetime');
    /* A time in a field for a day is not dropped: the server says what to do with it. */
    if (found && (withTime || !found.time)) { input.value = shuke.dates.write(found, withTime, input.getAttribute('data-datetime')); }
  });
}(window.shuke));
