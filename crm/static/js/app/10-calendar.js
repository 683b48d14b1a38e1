/* A button beside every date field opens a month: arrows move by day and week, page up and down by month, Enter takes
   the day, Esc closes. */
(function (shuke, document, window) {
  'use strict';
  var open = null; /* {input, button, panel, day, time} */

  function button(text, label, handle) {
    var made = shuke.make('button', { type: 'button', 'aria-label': label, title: label }, text);
    made.addEventListener('click', handle);
    return made;
  }

  function close(back) {
    if (!open) { return; }
    var was = open;
    open = null;
    shuke.drop(was.panel);
    was.button.setAttribute('aria-expanded', 'false');
    if (back) { was.input.focus(); }
  }

  function tell(input) {
    var event = document.createEvent('Event');
    event.initEvent('change', true, false);
    input.dispatchEvent(event);
  }

  function take(date) {
    var time = open.time ? open.time.value : '';
    var input = open.input;
    input.value = date ? shuke.dates.write({ date: date, time: time }, !!open.time) : '';
    close(true);
    tell(input);
  }

  function moved(date, months, days) {
    var next = new Date(date.getFullYear(), date.getMonth() + months, 1);
    var last = new Date(next.getFullYear(), next.getMonth() + 1, 0).getDate();
    next.setDate(Math.min(date.getDate(), last));
    next.setDate(next.getDate() + days);
    return next;
  }

  function cell(date, chosen) {
    var iso = shuke.dates.iso(date);
    var names = [];
    if (date.getMonth() !== open.day.getMonth()) { names.push('other'); }
    if (iso === shuke.dates.iso(new Date())) { names.push('today'); }
    if (iso === chosen) { names.push('chosen'); }
    var day = shuke.make('button', {
      type: 'button', 'class': names.join(' '), 'aria-label': iso, 'data-day': iso,
      tabindex: iso === shuke.dates.iso(open.day) ? '0' : '-1'
    }, String(date.getDate()));
    if (iso === chosen) { day.setAttribute('aria-pressed', 'true'); }
    day.addEventListener('click', function () { take(date); });
    return day;
  }

  function month() {
    var table = shuke.make('table', { 'aria-label': shuke.dates.iso(open.day).slice(0, 7) });
    var head = table.appendChild(shuke.make('thead')).appendChild(shuke.make('tr'));
    var body = table.appendChild(shuke.make('tbody'));
    var found = shuke.dates.read(open.input.value);
    var chosen = found ? shuke.dates.iso(found.date) : '';
    var date = new Date(open.day.getFullYear(), open.day.getMonth(), 1);
    shuke.word('weekdays').split(' ').forEach(function (name) { head.appendChild(shuke.make('th', { scope: 'col' }, name)); });
    date.setDate(1 - (date.getDay() + 6) % 7); /* weeks begin on Monday */
    for (var week = 0; week < 6; week += 1) {
      var row = body.appendChild(shuke.make('tr'));
      for (var day = 0; day < 7; day += 1) {
        row.appendChild(shuke.make('td')).appendChild(cell(new Date(date.getTime()), chosen));
        date.setDate(date.getDate() + 1);
      }
    }
    return table;
  }

  function show(day, focus) {
    open.day = day;
    open.title.textContent = shuke.dates.iso(day).slice(0, 7);
    open.grid.innerHTML = '';
    open.grid.appendChild(month());
    if (focus) { open.grid.querySelector('[tabindex="0"]').focus(); }
  }

  function keys(event) {
    var weekday = (open.day.getDay() + 6) % 7;
    var steps = {
      ArrowLeft: [0, -1], Left: [0, -1], ArrowRight: [0, 1], Right: [0, 1], ArrowUp: [0, -7], Up: [0, -7],
      ArrowDown: [0, 7], Down: [0, 7], PageUp: [-1, 0], PageDown: [1, 0], Home: [0, -weekday], End: [0, 6 - weekday]
    };
    var step = steps[event.key];
    if (event.key === 'Esc' || event.key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      close(true);
    } else if (step && event.target.hasAttribute('data-day')) {
      event.preventDefault();
      show(moved(open.day, step[0], step[1]), true);
    }
  }

  function head() {
    var line = shuke.make('div', { 'class': 'dates-head' });
    function by(months) { return function () { show(moved(open.day, months, 0), false); }; }
    open.title = shuke.make('span', { 'aria-live': 'polite' });
    line.appendChild(button('«', shuke.word('previous_year'), by(-12)));
    line.appendChild(button('‹', shuke.word('previous_month'), by(-1)));
    line.appendChild(open.title);
    line.appendChild(button('›', shuke.word('next_month'), by(1)));
    line.appendChild(button('»', shuke.word('next_year'), by(12)));
    return line;
  }

  function foot(time) {
    var line = shuke.make('div', { 'class': 'dates-foot' });
    var label, today, clear;
    if (open.input.hasAttribute('data-datetime')) {
      label = line.appendChild(shuke.make('label', {}, shuke.word('time') + ' '));
      open.time = label.appendChild(shuke.make('input', { 'class': 'control', maxlength: '5' }));
      open.time.value = time || open.input.getAttribute('data-datetime') || '09:00';
    }
    today = line.appendChild(shuke.make('button', { type: 'button', 'class': 'btn quiet small' }, shuke.word('today')));
    clear = line.appendChild(shuke.make('button', { type: 'button', 'class': 'btn quiet small' }, shuke.word('clear')));
    today.addEventListener('click', function () { take(new Date()); });
    clear.addEventListener('click', function () { take(null); });
    return line;
  }

  /* Under the field, or above it where there is no room below. In the box coordinates are those of the box. */
  function place(panel, input) {
    var spot = input.getBoundingClientRect();
    var zero = panel.offsetParent === document.body ? { left: -window.pageXOffset, top: -window.pageYOffset } :
      { left: -panel.offsetParent.scrollLeft, top: -panel.offsetParent.scrollTop };
    var height = panel.offsetHeight;
    var below = window.innerHeight - spot.bottom > height + 8 || spot.top < height + 8;
    var left = Math.max(4, Math.min(spot.left, document.documentElement.clientWidth - panel.offsetWidth - 4));
    panel.style.left = left - zero.left + 'px';
    panel.style.top = (below ? spot.bottom + 4 : spot.top - height - 4) - zero.top + 'px';
  }

  function start(input, opener) {
    var found = shuke.dates.read(input.value);
    var inBox = shuke.around(input, '.box-paper');
    close(false);
    open = { input: input, button: opener, panel: null };
    open.panel = shuke.make('div', { 'class': 'dates', role: 'dialog', 'aria-label': shuke.word('choose_date') });
    open.panel.appendChild(head());
    open.grid = open.panel.appendChild(shuke.make('div'));
    open.panel.appendChild(foot(found ? found.time : ''));
    open.panel.addEventListener('keydown', keys);
    /* in the box the panel stays inside the dialog, where the focus is kept */
    (inBox || document.body).appendChild(open.panel);
    opener.setAttribute('aria-expanded', 'true');
    show(found ? found.date : new Date(), true);
    place(open.panel, input);
  }

  shuke.each('[data-date], [data-datetime]', function (input) {
    var label = input.id && document.querySelector('label[for="' + input.id + '"]');
    var opener = shuke.make('button', {
      type: 'button', 'class': 'date-button', title: shuke.word('choose_date'),
      'aria-label': shuke.word('choose_date') + (label ? ': ' + label.textContent : ''),
      'aria-expanded': 'false'
    });
    if (input.readOnly || input.disabled) { return; }
    input.classList.add(input.hasAttribute('data-datetime') ? 'datetime' : 'date');
    input.parentNode.insertBefore(opener, input.nextSibling);
    opener.addEventListener('click', function () {
      if (open && open.input === input) { close(true); } else { start(input, opener); }
    });
    input.addEventListener('keydown', function (event) {
      if (event.altKey && (event.key === 'ArrowDown' || event.key === 'Down')) {
        event.preventDefault();
        start(input, opener);
      }
    });
  });

  document.addEventListener('mousedown', function (event) {
    if (open && !open.panel.contains(event.target) && event.target !== open.button) { close(false); }
  });
}(window.shuke, document, window));
