/* What Internet Explorer 11 lacks, found in our own scripts and styles without running them.
 *
 *     node tests/gates/iegate.js FILE_OR_FOLDER...        (.js and .css; folders with all below)
 *
 * Prints file:line: finding; ends with 1 where there is one. Scripts are read as ES5 (boot.js as ES3) and searched
 * for globals and methods that IE lacks, styles for what it drops; both by MDN's data, which the browser tests' mask
 * uses too.
 * A comment with "ie-ok" silences its line: for what is tested for before its use, or harmless where it is absent. */
var acorn = require('acorn'), fs = require('fs'), path = require('path'), postcss = require('postcss');
var mask = require('../browser/masks/iemask'), ie = mask.load('ie11');

var METHODS = set([
  'closest matches remove append prepend before after replaceWith replaceChildren toggleAttribute getAttributeNames',
  'getRootNode isConnected composedPath currentScript responseURL reportValidity requestSubmit scrollX scrollY code',
  'includes startsWith endsWith padStart padEnd repeat trimStart trimEnd flat flatMap findIndex findLast codePointAt',
  'normalize replaceAll matchAll'
].join(' ').split(' '));
var NOT_CONSTRUCTORS = set(['CustomEvent', 'Event', 'MouseEvent', 'KeyboardEvent', 'URL', 'File', 'Promise']);
/* Declarations that lose nothing where they are not understood. */
var HARMLESS = /^(-webkit-[\w-]+|-moz-[\w-]+|outline-offset|resize):/;
var GLOBALS = set(ie.apis.concat(ie.builtins));
var STATICS = set(ie.bmembers.map(function (pair) { return pair.join('.'); }));

function set(names) {
  var all = Object.create(null);
  names.forEach(function (name) { all[name] = true; });
  return all;
}

function asks(parent) { return /^(IfStatement|LogicalExpression|UnaryExpression)$/.test(parent.type); }

function namesNothing(parent, key) {
  return (parent.type === 'MemberExpression' && key === 'property' && !parent.computed) ||
    (parent.type === 'Property' && key === 'key') || parent.type === 'UnaryExpression' ||
    /Function|Declarator/.test(parent.type);
}

function identifier(node, parent, key) {
  return GLOBALS[node.name] && !namesNothing(parent, key) ? 'global ' + node.name : null;
}

function member(node, parent, key, code) {
  var owner = code.slice(node.object.start, node.object.end), name = node.property.name;
  if (node.computed || owner === 'shuke') { return null; }
  if (STATICS[owner + '.' + name]) { return owner + '.' + name; }
  if (owner === 'window' && GLOBALS[name] && parent.type === 'CallExpression') { return 'window.' + name; }
  if (METHODS[name] && !asks(parent) && !/classList$/.test(owner)) {
    return '.' + name + ' (IE 11 lacks it on elements, text or lists)';
  }
  if (name === 'forEach' && /querySelectorAll|childNodes/.test(owner)) { return 'NodeList.forEach'; }
  if (name === 'find' && key === 'callee' && parent.arguments[0] && /Function/.test(parent.arguments[0].type)) {
    return '.find(function)';
  }
  return null;
}

function construction(node) {
  return NOT_CONSTRUCTORS[node.callee.name] ? 'new ' + node.callee.name + '()' : null;
}

var KINDS = { Identifier: identifier, MemberExpression: member, NewExpression: construction };

function walk(node, parent, key, visit) {
  visit(node, parent, key);
  Object.keys(node).forEach(function (name) {
    [].concat(node[name]).forEach(function (child) {
      if (child && typeof child.type === 'string') { walk(child, node, name, visit); }
    });
  });
}

function script(code, edition) {
  var tree, found = [], lines = code.split('\n');
  try {
    tree = acorn.parse(code, { ecmaVersion: edition, locations: true });
  } catch (error) {
    return [[error.loc.line, error.message]];
  }
  walk(tree, {}, '', function (node, parent, key) {
    var what = KINDS[node.type] && KINDS[node.type](node, parent, key, code), line = node.loc.start.line;
    if (what && lines[line - 1].indexOf('ie-ok') < 0) { found.push([line, what]); }
  });
  return found;
}

function lineOf(what, lines) {
  var bare = lines.map(function (line) { return line.replace(/\s/g, ''); }), wanted = what.replace(/\s/g, '');
  return bare.findIndex(function (line) { return line.indexOf(wanted) >= 0; }) + 1 || '-';
}

function style(code) {
  var dropped = [], lines = code.split('\n'), tree = postcss.parse(code);
  tree.walk(function (node) {
    if (lines[node.source.start.line - 1].indexOf('ie-ok') >= 0) { node.remove(); }
  });
  mask.css(tree.toString(), ie, dropped, '');
  return dropped.map(function (said) { return said.replace(/^css : /, ''); })
    .filter(function (what) { return !HARMLESS.test(what); })
    .map(function (what) { return [lineOf(what, lines), what]; });
}

function filesIn(place) {
  if (!fs.statSync(place).isDirectory()) { return [place]; }
  return [].concat.apply([], fs.readdirSync(place).map(function (name) { return filesIn(path.join(place, name)); }));
}

var files = [].concat.apply([], process.argv.slice(2).map(filesIn)).filter(function (name) { return /\.(js|css)$/.test(name); });
var bad = 0;
files.forEach(function (file) {
  var code = fs.readFileSync(file, 'utf8');
  (/\.js$/.test(file) ? script(code, /boot\.js$/.test(file) ? 3 : 5) : style(code)).forEach(function (finding) {
    bad += 1;
    console.log(file + ':' + finding[0] + ': ' + finding[1]);
  });
});
console.log(files.length + ' files, ' + bad + ' findings');
process.exit(bad ? 1 : 0);
