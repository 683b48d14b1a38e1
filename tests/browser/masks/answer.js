/* Answers questions about IE 11, one JSON object a line on standard input, one answer a line on standard output.
 * {kind: "init"}                 -> the script that takes IE's missing globals and methods away
 * {kind: "css" | "html" | "js", text, name} -> the text as IE would take it, and what was dropped */
var mask = require('./iemask'), readline = require('readline'), ie = mask.load('ie11');

function refused(name, why) {
  return 'throw new SyntaxError("IE 11 cannot parse ' + name.replace(/["\\\n]/g, '') + ': ' + why.replace(/["\\\n]/g, '') + '");';
}

function answer(question) {
  var log = [], text = question.text || '', why;
  if (question.kind === 'init') { return { text: mask.initScript(ie), log: log }; }
  if (question.kind === 'css') { return { text: mask.css(text, ie, log, question.name), log: log }; }
  if (question.kind === 'html') { return { text: mask.html(text, ie, log), log: log }; }
  why = mask.syntax(text, ie.v);
  return why ? { text: refused(question.name, why), log: ['js ' + question.name + ': ' + why] } : { text: text, log: log };
}

readline.createInterface({ input: process.stdin }).on('line', function (line) {
  var said;
  try { said = answer(JSON.parse(line)); } catch (e) { said = { error: String(e.stack || e) }; }
  process.stdout.write(JSON.stringify(said) + '\n');
});
