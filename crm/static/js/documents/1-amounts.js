/* Exact amounts for a form's early sums, as the server counts them: whole numbers in parts of 10,000,000, the smallest
   part first, rounded half up. (A number of JavaScript is exact only up to 16 figures.) */
(function (shuke, document) {
  'use strict';
  var BASE = 10000000;
  var WIDTH = 7;
  var LONGEST = 60;
  var ZEROS = '000000000000';
  var UNITS = { '千': 3, '萬': 4, '万': 4, '億': 8, '亿': 8 };
  var CURRENCY = '(?:NT\\$|RMB|CNY|TWD|人民[幣币]|新[臺台][幣币]|[$¥])';
  var WRITTEN = new RegExp('^(\\+)? ?' + CURRENCY + '? ?(\\+)? ?([1-9]\\d{0,2}(?:,\\d{3})+|\\d+)?(\\.\\d*)? ?([千萬万億亿])? ?(?:' +
    CURRENCY + '|元|圓|圆|塊|块)? ?整?$', 'i');

  function halfWidth(text) {
    return text.replace(/[\uff01-\uff5e]/g, function (character) {
      return String.fromCharCode(character.charCodeAt(0) - 0xfee0);
    }).replace(/[\u2212\ufe63]/g, '-').replace(/\ufe50/g, ',').replace(/\ufe52/g, '.').replace(/\uffe5/g, '¥').replace(/\ufe69/g, '$');
  }

  function trimmed(parts) {
    while (parts.length && !parts[parts.length - 1]) { parts.pop(); }
    return parts;
  }

  function fromText(digits) {
    var parts = [];
    for (var end = digits.length; end > 0; end -= WIDTH) { parts.push(Number(digits.slice(Math.max(0, end - WIDTH), end))); }
    return trimmed(parts);
  }

  function toText(parts) {
    var text = '';
    for (var n = parts.length - 1; n >= 0; n -= 1) { text += text ? ('000000' + parts[n]).slice(-WIDTH) : String(parts[n]); }
    return text || '0';
  }

  function add(one, other) {
    var sum = [];
    var carry = 0;
    for (var n = 0; n < Math.max(one.length, other.length) || carry; n += 1) {
      carry += (one[n] || 0) + (other[n] || 0);
      sum.push(carry % BASE);
      carry = Math.floor(carry / BASE);
    }
    return trimmed(sum);
  }

  function times(one, other) {
    var product = [];
    for (var i = 0; i < one.length; i += 1) {
      var carry = 0;
      for (var j = 0; j < other.length || carry; j += 1) {
        carry += (product[i + j] || 0) + one[i] * (other[j] || 0);
        product[i + j] = carry % BASE;
        carry = Math.floor(carry / BASE);
      }
    }
    for (var n = 0; n < product.length; n += 1) { product[n] = product[n] || 0; }
    return trimmed(product);
  }

  /* Rounded down; `by` is a number up to 100,000,000. */
  function quotient(parts, by) {
    var result = [];
    var rest = 0;
    for (var n = parts.length - 1; n >= 0; n -= 1) {
      rest = rest * BASE + parts[n];
      result[n] = Math.floor(rest / by);
      rest %= by;
    }
    return trimmed(result);
  }

  function halfUp(parts, by) { return quotient(add(add(parts, parts), [by]), 2 * by); }

  function compare(one, other) {
    if (one.length !== other.length) { return one.length - other.length; }
    for (var n = one.length - 1; n >= 0; n -= 1) {
      if (one[n] !== other[n]) { return one[n] - other[n]; }
    }
    return 0;
  }

  function less(one, other) {
    var rest = [];
    var borrowed = 0;
    for (var n = 0; n < one.length; n += 1) {
      var part = one[n] - (other[n] || 0) - borrowed;
      borrowed = part < 0 ? 1 : 0;
      rest.push(part + borrowed * BASE);
    }
    return trimmed(rest);
  }

  function grouped(digits) { return digits.replace(/\B(?=(\d{3})+$)/g, ','); }

  function cents(parts) {
    var text = ('00' + toText(parts)).replace(/^0+(?=\d{3})/, '');
    var fraction = shown(text.slice(-2));
    return grouped(text.slice(0, -2)) + (fraction && '.' + fraction);
  }

  /* With the firm's decimals; what is not whole is shown with both. */
  function shown(fraction) {
    var decimals = Number(document.body.getAttribute('data-decimals') || 2);
    return Number(fraction.slice(decimals)) ? fraction : fraction.slice(0, decimals);
  }

  shuke.amounts = {
    add: add,

    /* What was typed, times 10 to the power of `places`; null where it is no such number. Read as by the server's
       `written_number`: a comma counts only between thousands. */
    read: function (text, places, currency) {
      var plain = halfWidth(text).replace(/\s+/g, ' ').trim();
      var own = halfWidth(currency || '').trim();
      if (own && plain.indexOf(own) === 0) { plain = plain.slice(own.length).trim(); }
      var found = WRITTEN.exec(plain);
      if (!found || (found[1] && found[2]) || !(found[3] || /\d/.test(found[4] || ''))) { return null; }
      var fraction = (found[4] || '').slice(1).replace(/0+$/, '');
      var shift = places + (UNITS[found[5]] || 0);
      if (plain.length > LONGEST || fraction.length > shift) { return null; }
      return fromText((found[3] || '').replace(/,/g, '') + (fraction + ZEROS).slice(0, shift));
    },

    /* Cents of quantity (3 places) × price (4) × discount % (2) / 100. */
    line: function (quantity, price, discount) {
      return halfUp(quotient(times(times(quantity, price), discount), 1000), 1000000);
    },

    /* Cents of tax on an amount in cents; the rate in percent has 2 places. */
    tax: function (amount, rate, included) {
      var by = 10000 + (included ? Number(toText(rate)) : 0);
      return halfUp(times(amount, rate), by);
    },

    below: function (price, discount, floor) { return compare(times(price, discount), times(floor, [10000])) < 0; },

    show: cents,

    /* one − other, which may be below zero. */
    difference: function (one, other) {
      return compare(one, other) < 0 ? '-' + cents(less(other, one)) : cents(less(one, other));
    }
  };
}(window.shuke, document));
