// Renders code and formulas as the web's own tools do: stdin one JSON list of jobs, stdout the HTML of each.
import katex from 'katex';
import hljs from 'highlight.js';
import { createRequire } from 'module';
const require = createRequire(import.meta.url);
const Prism = require('prismjs');
require('prismjs/components/')(['python', 'java', 'c', 'makefile', 'yaml', 'haskell', 'diff', 'bash', 'sql', 'go', 'rust', 'json']);
const {mathjax} = require('mathjax-full/js/mathjax.js');
const {TeX} = require('mathjax-full/js/input/tex.js');
const {CHTML} = require('mathjax-full/js/output/chtml.js');
const {SVG} = require('mathjax-full/js/output/svg.js');
const {liteAdaptor} = require('mathjax-full/js/adaptors/liteAdaptor.js');
const {RegisterHTMLHandler} = require('mathjax-full/js/handlers/html.js');
const {AssistiveMmlHandler} = require('mathjax-full/js/a11y/assistive-mml.js');
const {AllPackages} = require('mathjax-full/js/input/tex/AllPackages.js');
const {SerializedMmlVisitor} = require('mathjax-full/js/core/MmlTree/SerializedMmlVisitor.js');
const {STATE} = require('mathjax-full/js/core/MathItem.js');
const adaptor = liteAdaptor();
AssistiveMmlHandler(RegisterHTMLHandler(adaptor));
const doc = (out) => mathjax.document('', {InputJax: new TeX({packages: AllPackages}), OutputJax: out});
const chtml = doc(new CHTML({fontURL: 'f'})), svg = doc(new SVG({fontCache: 'local'}));
const visitor = new SerializedMmlVisitor();
const shiki = await import('shiki');
const jobs = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const out = [];
for (const j of jobs) {
  if (j.tool === 'katex') out.push(katex.renderToString(j.text, {displayMode: !!j.display, throwOnError: true}));
  else if (j.tool === 'mathjax-chtml' || j.tool === 'mathjax-svg') {
    const d = j.tool === 'mathjax-chtml' ? chtml : svg;
    out.push(adaptor.outerHTML(d.convert(j.text, {display: !!j.display})));
  } else if (j.tool === 'mathml') out.push(visitor.visitTree(chtml.convert(j.text, {display: !!j.display, end: STATE.CONVERT})));
  else if (j.tool === 'hljs') out.push(hljs.highlight(j.text, {language: j.lang, ignoreIllegals: true}).value);
  else if (j.tool === 'prism') out.push(Prism.highlight(j.text, Prism.languages[j.lang], j.lang));
  else if (j.tool === 'prism-tokens') out.push(JSON.stringify(Prism.tokenize(j.text, Prism.languages[j.lang])));
  else if (j.tool === 'shiki') out.push(await shiki.codeToHtml(j.text, {lang: j.lang, theme: 'github-light'}));
  else throw new Error(j.tool);
}
process.stdout.write(JSON.stringify(out));
