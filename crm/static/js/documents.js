(function (shuke) {
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
return grouped(text.slice(0, -2)) + '.' + text.slice(-2);
}

shuke.amounts = {
add: add,
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
line: function (quantity, price, discount) {
return halfUp(quotient(times(times(quantity, price), discount), 1000), 1000000);
},
tax: function (amount, rate, included) {
var by = 10000 + (included ? Number(toText(rate)) : 0);
return halfUp(times(amount, rate), by);
},

below: function (price, discount, floor) { return compare(times(price, discount), times(floor, [10000])) < 0; },

show: cents,
difference: function (one, other) {
return compare(one, other) < 0 ? '-' + cents(less(other, one)) : cents(less(one, other));
}
};
}(window.shuke));
(function (shuke, htmx, document) {
'use strict';
var amounts = shuke.amounts;
var MOST = 200;
var HUNDRED = [10000];

function control(line, key) { return line.querySelector('[name$="-' + key + '"]'); }
function lines(editor) { return shuke.all('.line[data-line]', editor); }
function editorOf(element) { return shuke.around(element, '#lines'); }
function number(line, key, places, otherwise) {
var text = control(line, key).value.trim();
if (key === 'discount' || key === 'tax_rate') { text = text.replace(/[%\uff05]$/, ''); }
return text ? amounts.read(text, places, line.querySelector('.line-amount').getAttribute('data-currency')) : otherwise;
}

function warn(line, price, discount) {
var known = line.querySelector('[data-floor]');
var warning = line.querySelector('.line-warning');
if (!known || !warning) { return; }
var floor = known.getAttribute('data-floor');
warning.hidden = !(floor && price && discount && amounts.below(price, discount, amounts.read(floor, 4)));
}
function count(line, included) {
var quantity = number(line, 'quantity', 3, null);
var price = number(line, 'price', 4, null);
var discount = number(line, 'discount', 2, HUNDRED);
var rate = number(line, 'tax_rate', 2, []);
var field = line.querySelector('.line-amount');
var known = quantity && price && discount && rate;
var amount = known ? amounts.line(quantity, price, discount) : null;
warn(line, price, discount);
field.value = known ? field.getAttribute('data-currency') + amounts.show(amount) : '';
return known ? { amount: amount, tax: amounts.tax(amount, rate, included) } : null;
}

function show(editor, key, text) {
var place = editor.querySelector('[data-sum="' + key + '"]');
if (place) { place.textContent = (text.charAt(0) === '-' ? '-' : '') + editor.getAttribute('data-currency') + text.replace('-', ''); }
}

function recount(editor) {
var form = shuke.around(editor, 'form');
var mode = form && form.querySelector('[name=tax_mode]');
var included = !!mode && mode.value === 'included';
var off = amounts.read((editor.querySelector('[name=discount_amount]') || { value: '' }).value || '0', 2, editor.getAttribute('data-currency')) || [];
var goods = [];
var tax = [];
lines(editor).forEach(function (line) {
var counted = count(line, included);
if (counted) {
goods = amounts.add(goods, counted.amount);
tax = amounts.add(tax, counted.tax);
}
});
show(editor, 'goods_amount', amounts.show(goods));
show(editor, 'tax_amount', amounts.show(tax));
show(editor, 'total', amounts.difference(included ? goods : amounts.add(goods, tax), off));
}

function here(element) {
var form = shuke.around(element, 'form');
var editor = form && form.querySelector('#lines');
if (editor) { recount(editor); }
}

shuke.each('#lines', recount);
['input', 'change'].forEach(function (type) {
shuke.on(type, '#lines input, #lines select, [name=tax_mode]', function (event, element) { here(element); });
});
function tell(line, product) {
var shown = editorOf(line).querySelector('[name=lines-shown]');
var products = shown.value.split(',');
products[Number(line.getAttribute('data-line')) - 1] = product;
shown.value = products.join(',');
}

shuke.each('.line-known', function (known) {
var line = shuke.around(known, '.line');
var product = known.getAttribute('data-fresh');
if (!line || !product) { return; }
shuke.fill(control(line, 'unit_id'), known.getAttribute('data-unit'));
shuke.fill(control(line, 'price'), known.getAttribute('data-price'));
tell(line, product);
here(line);
});

function ready(editor) {
shuke.all('[data-add-line]', editor).forEach(function (button) { button.disabled = lines(editor).length >= MOST; });
}

document.addEventListener('htmx:configRequest', function (event) {
var editor = event.detail.elt.hasAttribute('data-add-line') && editorOf(event.detail.elt);
if (editor) { event.detail.parameters.number = lines(editor).length + 1; }
});
document.addEventListener('htmx:afterSettle', function (event) {
var added = event.detail.target.id === 'lines-rows' && event.detail.target.lastElementChild;
if (added) {
control(added, 'product_id').focus();
ready(editorOf(added));
}
});
shuke.each('[data-default]', function (button) { button.removeAttribute('name'); });

function next(line) {
var empty = ['product_id', 'quantity', 'price'].filter(function (key) { return !control(line, key).value.trim(); })[0];
var all = lines(editorOf(line));
var place = all.indexOf(line);
if (empty) {
control(line, empty).focus();
} else if (place + 1 < all.length) {
control(all[place + 1], 'product_id').focus();
} else {
editorOf(line).querySelector('[data-add-line]').click();
}
}

shuke.on('keydown', '#lines input', function (event, field) {
var line = shuke.around(field, '.line[data-line]');
if (event.key !== 'Enter') { return; }
event.preventDefault();
if (line) { next(line); }
});
shuke.on('chosen', '#lines input', function (event, field) {
if (event.detail.by === 'Enter') { control(shuke.around(field, '.line'), 'quantity').focus(); }
});
}(window.shuke, window.htmx, document));
(function (shuke) {
'use strict';

function cellOf(element) { return shuke.around(element, 'tr').querySelector('input.amount'); }

function add(table) {
var sum = [];
shuke.all('input.amount', table).forEach(function (cell) {
sum = shuke.amounts.add(sum, shuke.amounts.read(cell.value, 2, table.getAttribute('data-currency')) || []);
});
table.querySelector('[data-paid-sum]').textContent = shuke.amounts.show(sum);
}

shuke.on('change', '[data-paid] input[name=orders]', function (event, tick) {
var cell = cellOf(tick);
if (tick.checked && !cell.value) { cell.value = tick.getAttribute('data-open'); }
if (!tick.checked) { cell.value = ''; }
add(shuke.around(tick, 'table'));
});

function typed(event, cell) {
shuke.around(cell, 'tr').querySelector('input[name=orders]').checked = /\S/.test(cell.value);
add(shuke.around(cell, 'table'));
}
shuke.on('keyup', '[data-paid] input.amount', typed);
shuke.on('change', '[data-paid] input.amount', typed);
shuke.each('table[data-paid]', add);
}(window.shuke));
