"""Makes the pages and expected.jsonl beside this file: code and formulas of our own, put into HTML
by the tools that the web uses (Pygments, Sphinx, docutils, MkDocs, nbconvert, pdoc, highlight.js,
Prism, Shiki, KaTeX, MathJax) and in the forms that other tools are known to write.

Needs: pip install pygments sphinx furo sphinx-rtd-theme mkdocs-material nbconvert pdoc docutils
       npm install katex mathjax-full highlight.js prismjs shiki   (render.mjs beside this file)
Run:   python make.py OUT
"""
import html, json, os, re, subprocess, sys, tempfile, shutil
from pathlib import Path

HERE = Path(__file__).parent
OUT = Path(sys.argv[1])
OUT.mkdir(parents=True, exist_ok=True)
JOBS, PAGES = [], []

CODE = {
 'python': ('''def windows(values, size):
    """Yields every run of `size` neighbours."""
    if size < 1:
        raise ValueError(f"size is {size}, but must be >= 1")

    for start in range(len(values) - size + 1):
        yield values[start:start + size]


print(list(windows([1, 2, 3, 4], 2)))  # [[1, 2], [2, 3], [3, 4]]''', 'py'),
 'java': ('''/** A counter that many threads may share. */
final class Counter<K> {
    private final Map<K, LongAdder> counts = new ConcurrentHashMap<>();

    void add(K key) {
        counts.computeIfAbsent(key, k -> new LongAdder()).increment();
    }

    long of(K key) {
        var adder = counts.get(key);
        return adder == null ? 0 : adder.sum(); // 0 & nothing else
    }
}''', 'java'),
 'c': ('''#include <stdio.h>

int main(void)
{
\tint i, sum = 0;

\tfor (i = 0; i < 10 && sum >= 0; i++) {
\t\tif (i % 2)
\t\t\tcontinue;
\t\tsum += i;
\t}
\tprintf("sum: %d\\n", sum);
\treturn 0;
}''', 'c'),
 'makefile': ('''CC = cc
OBJECTS = main.o parse.o

all: program

program: $(OBJECTS)
\t$(CC) -o $@ $^

%.o: %.c
\t$(CC) -c -O2 -o $@ $<

.PHONY: clean
clean:
\trm -f program *.o''', 'make'),
 'yaml': ('''service:
  name: greeter
  ports:
    - 8080
    - 8443

  limits:
    memory: 512Mi   # of the container
    threads: 4''', 'yaml'),
 'haskell': ('''primes :: [Int]
primes = sieve [2 ..]
  where
    sieve (p : xs) =
      p : sieve [x | x <- xs, x `mod` p /= 0]

main :: IO ()
main = print $ takeWhile (< 50) primes''', 'hs'),
 'bash': ('''#!/bin/sh
set -eu

for file in "$@"; do
  case $file in
    *.gz) gzip -dc "$file" ;;
    *)    cat "$file" ;;
  esac | wc -l
done > counts.txt 2>&1''', 'sh'),
 'sql': ('''SELECT   c.name,
         COUNT(*)      AS orders,
         SUM(o.amount) AS total
FROM     customer c
JOIN     orders o ON o.customer = c.id
WHERE    o.placed >= '2024-01-01'
  AND    o.amount <> 0
GROUP BY c.name
HAVING   COUNT(*) > 3;''', 'sql'),
 'diff': ('''--- a/config.ini
+++ b/config.ini
@@ -1,5 +1,6 @@
 [server]
-port = 80
+port = 8080
+host = ::1

 [log]
 level = info''', 'diff'),
 'go': ('''func Sum(values ...int) (total int, err error) {
\tif len(values) == 0 {
\t\treturn 0, errors.New("nothing to sum")
\t}

\tfor _, v := range values {
\t\ttotal += v
\t}
\treturn total, nil
}''', 'go'),
 'rust': ('''impl<T: Ord + Clone> Heap<T> {
    pub fn push(&mut self, item: T) {
        self.items.push(item);
        let mut at = self.items.len() - 1;

        while at > 0 && self.items[at] < self.items[(at - 1) / 2] {
            self.items.swap(at, (at - 1) / 2);
            at = (at - 1) / 2;
        }
    }
}''', 'rs'),
 'json': ('''{
  "name": "window",
  "size": [640, 480],

  "title": "<untitled> & \\"new\\"",
  "children": [
    { "kind": "button", "text": "OK" }
  ]
}''', 'json'),
 # Begins with indented lines, as fragments in answers do.
 'python-fragment': ('''        while queue:
            node = queue.popleft()

            for other in graph[node]:
                if other not in seen:
                    seen.add(other)
                    queue.append(other)
        return seen''', 'py'),
 'console': ('''$ python3 -m venv env
$ . env/bin/activate
(env) $ pip install "requests>=2.31"
Collecting requests
  Downloading requests-2.31.0-py3-none-any.whl (62 kB)

Successfully installed requests-2.31.0''', 'console'),
}
LANG = {'python-fragment': 'python', 'console': 'bash'}
FORMULAS = [
 (r'x^2 + y^2 = r^2', 0), (r'\frac{-b \pm \sqrt{b^2 - 4ac}}{2a}', 1), (r'\sum_{k=1}^{n} k = \frac{n(n+1)}{2}', 1),
 (r'a_{i,j} < b_{j}', 0), (r'\int_0^\infty e^{-x^2}\,dx = \frac{\sqrt{\pi}}{2}', 1), (r'\alpha \in \mathbb{R}', 0),
 (r'\begin{pmatrix} a & b \\ c & d \end{pmatrix}', 1), (r'f : A \to B', 0), (r'\lim_{n \to \infty} \left(1 + \frac{1}{n}\right)^n = e', 1),
 (r'P(A \mid B) = \frac{P(B \mid A)\,P(A)}{P(B)}', 1), (r'O(n \log n)', 0), (r'\nabla \cdot \mathbf{E} = \frac{\rho}{\varepsilon_0}', 1),
 (r'\hat{\theta}', 0), (r'\binom{n}{k} = \frac{n!}{k!\,(n-k)!}', 1), (r'\|x\|_2', 0), (r'x \mapsto \begin{cases} x & x \ge 0 \\ -x & x < 0 \end{cases}', 1),
]
# What the MathML that has no TeX beside it must become (marks between symbols may differ, so these are chosen plain).
PLAIN_MATHML = [(r'x^2', 'x^2'), (r'\frac{a}{b}', r'\frac{a}{b}'), (r'\sqrt{x}', r'\sqrt{x}'), (r'a_1', 'a_1'), (r'x_i^2', 'x_i^2'), (r'\sqrt[3]{y}', r'\sqrt[3]{y}')]

TOPICS = ['runs of neighbours', 'shared counters', 'small sums', 'build files', 'settings of a service', 'prime numbers', 'counting lines', 'orders of customers',
 'a change of port', 'sums with errors', 'a binary heap', 'the state of a window', 'a walk through a graph', 'setting up an environment']
PROSE = [
 'This chapter looks at {t} step by step. Most readers will have met the idea before, yet the details matter: a small slip at the border costs an evening of searching, and the error message seldom tells where it began.',
 'The version below is the one we use in our own programs. It was rewritten twice, first for clarity and then for speed, and each time the tests found a case that nobody had thought of.',
 'Note that nothing here depends on the machine on which it runs. If you change it, keep the order of the lines, since the later ones rely on what the earlier ones have prepared for them.',
 'With this in hand the rest is easy to follow. Try it with an empty input, with a single element and with a very large one, and compare what you see with the table at the end of the chapter.',
]

def prose(topic, k): return '<p>' + PROSE[k % 4].format(t=topic) + '</p>'

def page(title, body, head=''):
  return f'''<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title} - Notes on programming</title>{head}</head>
<body>
<header class="site-header"><a href="/">Notes on programming</a><nav><ul><li><a href="/a">Home</a></li><li><a href="/b">Archive</a></li><li><a href="/c">About us</a></li></ul></nav></header>
<main><article><h1>{title}</h1>
{body}
</article></main>
<aside class="sidebar"><h3>Popular</h3><ul><li><a href="/1">Ten tricks</a></li><li><a href="/2">Why tabs</a></li></ul></aside>
<footer class="footer"><p>Copyright 2024. All rights reserved. <a href="/privacy">Privacy policy</a></p></footer>
</body></html>
'''

def add(name, text, blocks): PAGES.append((name, text, blocks))
def later(tool, **job):
  JOBS.append(dict(tool=tool, **job)); return f'\x01{len(JOBS) - 1}\x01'
def esc(s): return html.escape(s, quote=False)
def lang(n): return LANG.get(n, n)

# ---- code, by real tools ----
from pygments import highlight
from pygments.lexers import get_lexer_by_name
from pygments.formatters import HtmlFormatter
def pyg(name, **options):
  alias = {'bash': 'bash', 'c': 'c', 'makefile': 'make', 'console': 'console'}.get(name, lang(name))
  return highlight(CODE[name][0], get_lexer_by_name(alias, stripnl=False), HtmlFormatter(**options))

names = list(CODE)
def code_page(i, form, render, two=True):
  picks = [names[(i * 3) % len(names)], names[(i * 3 + 5) % len(names)]]
  body, blocks = '', []
  for k, n in enumerate(picks if two else picks[:1]):
    t = TOPICS[names.index(n)]
    body += prose(t, 2 * k) + render(n) + prose(t, 2 * k + 1)
    blocks.append({'kind': 'code', 'text': CODE[n][0]})
  add(f'code-{form}', page('On ' + TOPICS[names.index(picks[0])], body), blocks)

def lines(n): return CODE[n][0].split('\n')
def prism_lines(n):
  return f'<pre class="line-numbers language-{lang(n)}"><code class="language-{lang(n)}">' + later('prism', text=CODE[n][0], lang=lang(n)) + '<span aria-hidden="true" class="line-numbers-rows">' + '<span></span>' * len(lines(n)) + '</span></code></pre>'
def rows(n, row, before='', after=''):
  return before + ''.join(row(k + 1, l) for k, l in enumerate(lines(n))) + after
FORMS = {
 'pre': lambda n: '<pre>' + esc(CODE[n][0]) + '</pre>',
 'pre-code': lambda n: f'<pre><code class="language-{lang(n)}">' + esc(CODE[n][0]) + '\n</code></pre>',
 'pygments': lambda n: pyg(n),
 'pygments-table': lambda n: pyg(n, linenos='table'),
 'pygments-inline': lambda n: pyg(n, linenos='inline'),
 'pygments-anchors': lambda n: pyg(n, linenos='table', anchorlinenos=True, lineanchors='line', linespans='span'),
 'pygments-file': lambda n: pyg(n, filename='example.txt'),
 'hljs': lambda n: f'<pre><code class="hljs language-{lang(n)}">' + later('hljs', text=CODE[n][0], lang=lang(n)) + '</code></pre>',
 'hljs-ln': lambda n: '<pre><code class="hljs"><table class="hljs-ln"><tbody>' + rows(n, lambda k, l: f'<tr><td class="hljs-ln-line hljs-ln-numbers" data-line-number="{k}"><div class="hljs-ln-n" data-line-number="{k}"></div></td><td class="hljs-ln-line hljs-ln-code" data-line-number="{k}">{esc(l) or " "}</td></tr>') + '</tbody></table></code></pre>',
 'prism': lambda n: f'<div class="code-toolbar"><pre class="language-{lang(n)}"><code class="language-{lang(n)}">' + later('prism', text=CODE[n][0], lang=lang(n)) + '</code></pre><div class="toolbar"><div class="toolbar-item"><button>Copy</button></div></div></div>',
 'prism-lines': prism_lines,
 'shiki': lambda n: later('shiki', text=CODE[n][0], lang=lang(n)),
 'docusaurus': lambda n: f'<div class="language-{lang(n)} codeBlockContainer_x theme-code-block"><div class="codeBlockContent_y"><pre tabindex="0" class="prism-code language-{lang(n)} codeBlock_z thin-scrollbar"><code class="codeBlockLines_w">' + rows(n, lambda k, l: f'<span class="token-line" style="color:#393A34"><span class="token plain">{esc(l)}</span><br></span>') + '</code></pre><div class="buttonGroup_v"><button type="button" aria-label="Copy code to clipboard" title="Copy" class="clean-btn"><span class="copyButtonIcons_u" aria-hidden="true"></span></button></div></div></div>',
 'docusaurus-lines': lambda n: f'<div class="theme-code-block"><pre class="prism-code language-{lang(n)}"><code class="codeBlockLinesWithNumbering_o">' + rows(n, lambda k, l: f'<span class="token-line codeLine_l"><span class="codeLineNumber_T"></span><span class="codeLineContent_f"><span class="token plain">{esc(l)}</span></span><br></span>') + '</code></pre></div>',
 'github-table': lambda n: '<div class="blob-wrapper data type-code"><table class="highlight tab-size js-file-line-container" data-tab-size="8"><tbody>' + rows(n, lambda k, l: f'<tr><td id="L{k}" class="blob-num js-line-number" data-line-number="{k}"></td><td id="LC{k}" class="blob-code blob-code-inner js-file-line">{esc(l)}</td></tr>') + '</tbody></table></div>',
 'gitlab': lambda n: '<div class="file-content code js-syntax-highlight"><div class="line-numbers">' + rows(n, lambda k, l: f'<a class="file-line-num diff-line-num" href="#L{k}" id="L{k}" data-line-number="{k}">{k}</a>\n') + '</div><div class="blob-content"><pre class="code highlight"><code>' + '\n'.join(f'<span id="LC{k+1}" class="line" lang="x">{esc(l)}</span>' for k, l in enumerate(lines(n))) + '</code></pre></div></div>',
 'chroma-table': lambda n: '<div class="highlight"><div class="chroma"><table class="lntable"><tr><td class="lntd"><pre tabindex="0" class="chroma"><code>' + rows(n, lambda k, l: f'<span class="lnt">{k:2}\n</span>') + f'</code></pre></td><td class="lntd"><pre tabindex="0" class="chroma"><code class="language-{lang(n)}" data-lang="{lang(n)}">' + rows(n, lambda k, l: f'<span class="line"><span class="cl">{esc(l)}\n</span></span>') + '</code></pre></td></tr></table></div></div>',
 'chroma-inline': lambda n: '<div class="highlight"><pre tabindex="0" class="chroma"><code>' + rows(n, lambda k, l: f'<span class="line"><span class="ln">{k:2}</span><span class="cl">{esc(l)}\n</span></span>') + '</code></pre></div>',
 'rouge-table': lambda n: f'<div class="language-{lang(n)} highlighter-rouge"><div class="highlight"><pre class="highlight"><code><table class="rouge-table"><tbody><tr><td class="rouge-gutter gl"><pre class="lineno">' + rows(n, lambda k, l: f'{k}\n') + '</pre></td><td class="rouge-code"><pre>' + rows(n, lambda k, l: f'<span class="n">{esc(l)}</span>\n') + '</pre></td></tr></tbody></table></code></pre></div></div>',
 'syntaxhighlighter': lambda n: '<div class="syntaxhighlighter"><table border="0" cellpadding="0" cellspacing="0"><tbody><tr><td class="gutter">' + rows(n, lambda k, l: f'<div class="line number{k} index{k-1} alt{k%2}">{k}</div>') + '</td><td class="code"><div class="container">' + rows(n, lambda k, l: f'<div class="line number{k} index{k-1} alt{k%2}">' + (f'<code class="{lang(n)} spaces">' + '&nbsp;' * (len(l) - len(l.lstrip())) + '</code>' if l != l.lstrip() else '') + (f'<code class="{lang(n)} plain">{esc(l.lstrip())}</code>' if l.strip() else '&nbsp;') + '</div>') + '</div></td></tr></tbody></table></div>',
 'crayon': lambda n: '<div class="crayon-syntax"><div class="crayon-main"><table class="crayon-table"><tr class="crayon-row"><td class="crayon-nums" data-settings="show"><div class="crayon-nums-content">' + rows(n, lambda k, l: f'<div class="crayon-num" data-line="crayon-{k}">{k}</div>') + '</div></td><td class="crayon-code"><div class="crayon-pre">' + rows(n, lambda k, l: f'<div class="crayon-line" id="crayon-{k}">' + (esc(l).replace(' ', '&nbsp;') or '&nbsp;') + '</div>') + '</div></td></tr></table></div></div>',
 'stackoverflow': lambda n: f'<div class="s-prose js-post-body" itemprop="text"><p>You can write it like this:</p>\n<pre class="lang-{CODE[n][1]} s-code-block"><code class="hljs language-{lang(n)}">' + later('hljs', text=CODE[n][0], lang=lang(n)) + '\n</code></pre>\n<p>It works since version three, see the manual.</p></div>',
 'br': lambda n: '<pre>' + '<br>'.join(esc(l) for l in lines(n)) + '</pre>',
 'br-nbsp': lambda n: '<div class="code"><code>' + '<br />\n'.join(re.sub(r'^ +|  +', lambda m: '&nbsp;' * len(m.group()), esc(l)) for l in lines(n)) + '</code></div>',
 'list-lines': lambda n: '<pre class="prettyprint linenums"><ol class="linenums">' + rows(n, lambda k, l: f'<li class="L{(k-1)%10}"><code><span class="pln">{esc(l)}</span></code></li>') + '</ol></pre>',
 'copy-button': lambda n: f'<figure class="code-example"><figcaption>Listing 1</figcaption><div class="code-header"><span class="language-name">{lang(n)}</span><button type="button" class="icon copy-icon"><span class="visually-hidden">Copy to Clipboard</span></button></div><pre class="brush: {lang(n)} notranslate"><code>' + esc(CODE[n][0]) + '\n</code></pre></figure>',
 'numbers-aside': lambda n: '<div class="listing"><pre class="numbers" aria-hidden="true">' + '\n'.join(str(k + 1) for k in range(len(lines(n)))) + '</pre><pre class="source">' + esc(CODE[n][0]) + '</pre></div>',
 'rustdoc-source': lambda n: '<div class="example-wrap digits-2"><pre class="rust"><code>' + '\n'.join(f'<a href="#{k+1}" id="{k+1}" data-nosnippet>{k+1}</a>{esc(l)}' for k, l in enumerate(lines(n))) + '</code></pre></div>',
}
TAB_LOSS = {'br-nbsp', 'syntaxhighlighter', 'crayon'}  # these write spaces, so samples with tabs do not survive them in any browser
for i, (form, render) in enumerate(FORMS.items()):
  if form in TAB_LOSS:
    k = next(k for k in range(i, i + 14) if all('\t' not in CODE[names[(k * 3 + d) % len(names)]][0] for d in (0, 5)))
    code_page(k, form, render)
  else:
    code_page(i, form, render)

# ---- whole pages, by real tools ----
def docutils_page():
  n = 'haskell'
  rst = 'Lists that never end\n====================\n\n' + re.sub('<.*?>', '', prose(TOPICS[5], 0)) + '\n\n.. code:: haskell\n\n' + '\n'.join('   ' + l for l in lines(n)) + '\n\n' + re.sub('<.*?>', '', prose(TOPICS[5], 1)) + '\n\n::\n\n' + '\n'.join('   ' + l for l in lines('yaml')) + '\n\n' + re.sub('<.*?>', '', prose(TOPICS[5], 2)) + '\n'
  from docutils.core import publish_string
  text = publish_string(rst, writer_name='html5', settings_overrides={'embed_stylesheet': False, 'stylesheet_path': ''}).decode()
  add('tool-docutils', text, [{'kind': 'code', 'text': CODE[m][0]} for m in (n, 'yaml')])
docutils_page()

def sphinx_pages():
  for theme in ('alabaster', 'furo', 'sphinx_rtd_theme'):
    with tempfile.TemporaryDirectory() as d:
      d = Path(d)
      picks = {'alabaster': ('python', 'bash'), 'furo': ('rust', 'console'), 'sphinx_rtd_theme': ('java', 'json')}[theme]
      tex = [FORMULAS[k] for k in {'alabaster': (1, 3), 'furo': (4, 5), 'sphinx_rtd_theme': (8, 10)}[theme]]
      (d / 'conf.py').write_text(f"project='Notes'\nextensions=['sphinx.ext.mathjax']\nhtml_theme='{theme}'\n")
      numbered = '   :linenos:\n' if theme == 'sphinx_rtd_theme' else ''
      rst = 'Worked examples\n===============\n\n'
      for k, n in enumerate(picks):
        rst += re.sub('<.*?>', '', prose(TOPICS[names.index(n)], k)) + f'\n\n.. code-block:: {lang(n)}\n{numbered}\n' + '\n'.join('   ' + l for l in lines(n)) + '\n\n'
      rst += f'The sum is known in closed form, see below, and :math:`{tex[1][0]}` holds as well.\n\n.. math::\n\n   {tex[0][0]}\n\n' + re.sub('<.*?>', '', prose(TOPICS[0], 2)) + '\n'
      (d / 'index.rst').write_text(rst)
      subprocess.run([sys.executable, '-m', 'sphinx', '-q', '-b', 'html', str(d), str(d / 'out')], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
      blocks = [{'kind': 'code', 'text': CODE[n][0]} for n in picks] + [{'kind': 'formula', 'text': t} for t, _ in tex]
      add('tool-sphinx-' + theme.replace('_', '-'), (d / 'out/index.html').read_text(), blocks)
sphinx_pages()

def mkdocs_page():
  with tempfile.TemporaryDirectory() as d:
    d = Path(d); (d / 'docs').mkdir()
    (d / 'mkdocs.yml').write_text('site_name: Notes\ntheme:\n  name: material\n  features: [content.code.copy]\nmarkdown_extensions:\n  - pymdownx.highlight:\n      anchor_linenums: true\n      line_spans: __span\n  - pymdownx.superfences\n  - pymdownx.arithmatex:\n      generic: true\nplugins: []\n')
    md = '# Worked examples\n\n'
    for k, n in enumerate(('rust', 'sql')):
      md += re.sub('<.*?>', '', prose(TOPICS[names.index(n)], k)) + f'\n\n```{lang(n)}' + (' linenums="1"' if k else '') + '\n' + CODE[n][0] + '\n```\n\n'
    md += f'Its cost is ${FORMULAS[10][0]}$ in the mean, which follows from\n\n$$\n{FORMULAS[2][0]}\n$$\n\n' + re.sub('<.*?>', '', prose(TOPICS[3], 3)) + '\n'
    (d / 'docs/index.md').write_text(md)
    subprocess.run([sys.executable, '-m', 'mkdocs', '-q', 'build', '-f', str(d / 'mkdocs.yml')], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    text = (d / 'site/index.html').read_text()
    add('tool-mkdocs-material', text, [{'kind': 'code', 'text': CODE[n][0]} for n in ('rust', 'sql')] + [{'kind': 'formula', 'text': FORMULAS[k][0]} for k in (10, 2)])
mkdocs_page()

def nbconvert_page():
  cell = lambda kind, text, **more: dict(cell_type=kind, metadata={}, source=text, id=f'c{abs(hash(text)) % 9999}', **more)
  nb = dict(nbformat=4, nbformat_minor=5, metadata={'language_info': {'name': 'python'}}, cells=[
    cell('markdown', '# A notebook\n\n' + re.sub('<.*?>', '', prose(TOPICS[0], 0))),
    cell('code', CODE['python'][0], execution_count=1, outputs=[dict(output_type='stream', name='stdout', text='[[1, 2], [2, 3], [3, 4]]\n')]),
    cell('markdown', re.sub('<.*?>', '', prose(TOPICS[1], 1)) + f'\n\n$$' + FORMULAS[9][0] + '$$'),
    cell('code', "import math\n\nfor k in range(3):\n    print(k, math.factorial(k))", execution_count=2, outputs=[])])
  with tempfile.TemporaryDirectory() as d:
    p = Path(d) / 'n.ipynb'; p.write_text(json.dumps(nb))
    subprocess.run([sys.executable, '-m', 'nbconvert', '--to', 'html', '--template', 'basic', str(p)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    text = page('A notebook', (Path(d) / 'n.html').read_text())
  add('tool-nbconvert', text, [{'kind': 'code', 'text': CODE['python'][0]}, {'kind': 'code', 'text': nb['cells'][3]['source']}, {'kind': 'formula', 'text': FORMULAS[9][0]}])
nbconvert_page()

def pdoc_page():
  with tempfile.TemporaryDirectory() as d:
    d = Path(d)
    (d / 'windows.py').write_text('"""' + PROSE[0].format(t=TOPICS[0]) + '\n\n```python\n' + CODE['python-fragment'][0].replace('        while', 'while').replace('\n        ', '\n') + '\n```\n\n' + PROSE[1] + '\n"""\n')
    subprocess.run([sys.executable, '-m', 'pdoc', '-o', str(d / 'out'), str(d / 'windows.py')], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    add('tool-pdoc', (d / 'out/windows.html').read_text(), [{'kind': 'code', 'text': CODE['python-fragment'][0].replace('        while', 'while').replace('\n        ', '\n')}])
pdoc_page()

def javadoc_page():
  with tempfile.TemporaryDirectory() as d:
    d = Path(d)
    sample = 'var counter = new Counter<String>();\nfor (var word : words) {\n    counter.add(word);\n}\n\nif (counter.of("a") > 1) {\n    report();\n}'
    body = '\n'.join(' * ' + l for l in (PROSE[0].format(t=TOPICS[1]) + '\n<pre>{@code\n' + sample + '\n}</pre>\n' + PROSE[1]).split('\n'))
    (d / 'Counter.java').write_text('/**\n' + body + '\n */\npublic final class Counter<K> {\n  /** Adds one. */\n  public void add(K key) {}\n}\n')
    subprocess.run(['javadoc', '-quiet', '-notimestamp', '-d', str(d / 'out'), str(d / 'Counter.java')], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    add('tool-javadoc', (d / 'out/Counter.html').read_text(), [{'kind': 'code', 'text': sample}])
javadoc_page()

# ---- formulas ----
def math_page(i, form, render, picks=None, want=None, kind='formula', body_more=''):
  picks = picks or [FORMULAS[(i * 5 + k) % len(FORMULAS)] for k in range(4)]
  body = prose('equations', i) + body_more
  for k, (tex, display) in enumerate(picks):
    f = render(tex, display)
    body += f'<p>The relation reads as follows.</p><p>{f}</p>' if display else f'<p>Here {f} is what the reader expects, since all other cases were excluded in the section before this one.</p>'
    body += prose('the next case', k + i)
  add(f'formula-{form}', page('Equations and their meaning', body), [{'kind': kind, 'text': (want or {}).get(t, t)} for t, _ in picks])

MFORMS = {
 'katex': lambda t, d: later('katex', text=t, display=d),
 'katex-second': lambda t, d: later('katex', text=t, display=d),
 'katex-third': lambda t, d: ('<span class="katex-display-wrap">' if d else '') + later('katex', text=t, display=d) + ('</span>' if d else ''),
 'mathjax-script': lambda t, d: f'<span class="MathJax_Preview"></span><script type="math/tex{"; mode=display" if d else ""}">{t}</script>',
 'mathjax2-rendered': lambda t, d: f'<span class="MathJax_Preview" style="color: inherit; display: none;"></span><span class="MathJax" id="MathJax-Element-1-Frame" tabindex="0" role="presentation"><nobr aria-hidden="true"><span class="math"><span class="mi">x</span><span class="mo">=</span></span></nobr><span class="MJX_Assistive_MathML" role="presentation">' + later('mathml', text=t, display=d) + f'</span></span><script type="math/tex{"; mode=display" if d else ""}" id="MathJax-Element-1">{t}</script>',
 'raw-dollars': lambda t, d: esc(f'$${t}$$' if d else f'${t}$'),
 'raw-brackets': lambda t, d: esc(f'\\[{t}\\]' if d else f'\\({t}\\)'),
 'pandoc-span': lambda t, d: f'<span class="math {"display" if d else "inline"}">' + esc(f'\\[{t}\\]' if d else f'\\({t}\\)') + '</span>',
 'latexml': lambda t, d: later('mathml', text=t, display=d).replace('', '') if False else f'<math id="S1.m1" class="ltx_Math" alttext="{html.escape(t)}" display="{"block" if d else "inline"}"><semantics><mrow><mi>x</mi><mo>=</mo><mi>y</mi></mrow><annotation-xml encoding="MathML-Content"><apply><eq></eq><ci>x</ci><ci>y</ci></apply></annotation-xml><annotation encoding="application/x-tex">{esc(t)}</annotation></semantics></math>',
 'annotation': lambda t, d: f'<math display="{"block" if d else "inline"}"><semantics><mrow><mi>x</mi></mrow><annotation encoding="application/x-tex">{esc(t)}</annotation></semantics></math>',
 'wordpress-image': lambda t, d: f'<img src="https://s0.wp.example/latex.php?latex=x&bg=ffffff" alt="{html.escape(t)}" title="{html.escape(t)}" class="latex" />',
 'codecogs-image': lambda t, d: f'<img src="https://latex.codecogs.example/svg.image?x" alt="{html.escape(t)}">',
 'imgmath': lambda t, d: f'<img class="math" src="_images/math/0a.png" alt="{html.escape(t)}"/>',
 'docbook-alt': lambda t, d: f'<img src="images/eq1.png" alt="${html.escape(t)}$">',
}
DOLLARS = {'docbook-alt'}
for i, (form, render) in enumerate(MFORMS.items()):
  math_page(i, form, render)

# Wikipedia: MathML and a picture that says the same again
math_page(3, 'wikipedia', lambda t, d: f'<span class="mwe-math-element"><span class="mwe-math-mathml-inline mwe-math-mathml-a11y" style="display: none;"><math xmlns="http://www.w3.org/1998/Math/MathML" alttext="{{\\displaystyle {html.escape(t)}}}"><semantics><mrow><mi>x</mi></mrow><annotation encoding="application/x-tex">{{\\displaystyle {esc(t)}}}</annotation></semantics></math></span><img src="https://wikimedia.example/api/rest_v1/media/math/render/svg/1f" class="mwe-math-fallback-image-inline" aria-hidden="true" alt="{{\\displaystyle {html.escape(t)}}}"></span>')
for form in ('mathjax-chtml', 'mathjax-svg', 'mathml'):
  math_page(1, form + '-plain', lambda t, d, form=form: later(form, text=t, display=d), picks=[(t, k % 2) for k, (t, _) in enumerate(PLAIN_MATHML)], want=dict(PLAIN_MATHML))

# ---- mixed pages: formulas beside code, pictures with words ----
for i, (form, code, tex) in enumerate([('hljs-katex', 'hljs', 'katex'), ('pygments-script', 'pygments-table', 'mathjax-script'), ('shiki-katex', 'shiki', 'katex'), ('prism-raw', 'prism-lines', 'raw-brackets')]):
  n, m = names[(i * 4 + 1) % 12], names[(i * 4 + 6) % 12]
  t = [FORMULAS[(7 * i + k) % len(FORMULAS)] for k in range(2)]
  body = prose(TOPICS[i], 0) + FORMS[code](n) + prose(TOPICS[i], 1) + ''.join(f'<p>We need {MFORMS[tex](x, d)} in what follows, and in nothing else that is said here.</p>' for x, d in t) + FORMS[code](m) + prose(TOPICS[i], 3)
  add('mixed-' + form, page('Programs and proofs', body), [{'kind': 'code', 'text': CODE[x][0]} for x in (n, m)] + [{'kind': 'formula', 'text': x} for x, _ in t])
ALTS = ['A flow chart of the three steps, from reading to writing', 'Memory in use over time: it rises to 300 MB and stays there', 'The heap before and after one element is pushed']
for i, wrap in enumerate([lambda a: f'<figure><img src="chart.png" alt="{a}" width="640" height="400"><figcaption>Figure 1.</figcaption></figure>', lambda a: f'<p><img src="/images/plot.svg" alt="{a}"></p>', lambda a: f'<div class="figure"><a href="large.png"><img src="small.png" alt="{a}" width="500"></a></div>']):
  body = prose('pictures', 0) + '<img src="spacer.gif" alt="" width="1" height="1">' + wrap(ALTS[i]) + prose('pictures', 1) + FORMS['pre-code'](names[i + 2]) + prose('pictures', 2)
  add(f'picture-{i + 1}', page('What the pictures show', body), [{'kind': 'alt', 'text': ALTS[i]}, {'kind': 'code', 'text': CODE[names[i + 2]][0]}])

# ---- write ----
done = json.loads(subprocess.run(['node', str(HERE / 'render.mjs')], input=json.dumps(JOBS), capture_output=True, text=True, check=True).stdout)
with open(OUT / 'expected.jsonl', 'w') as f:
  for name, text, blocks in PAGES:
    text = re.sub('\x01(\\d+)\x01', lambda m: done[int(m.group(1))], text)
    # Styles and scripts of themes say nothing about the text and are large.
    text = re.sub(r'<style\b.*?</style>', '', text, flags=re.S)
    text = re.sub(r'<svg\b.*?</svg>', '', text, flags=re.S) if 'mathjax-svg' not in name else text
    (OUT / f'{name}.html').write_text(text)
    f.write(json.dumps({'page': f'{name}.html', 'blocks': blocks}, ensure_ascii=False) + '\n')
print(len(PAGES), 'pages', sum(len(b) for _, _, b in PAGES), 'blocks', sum(f.stat().st_size for f in OUT.iterdir()) // 1024, 'KiB')
