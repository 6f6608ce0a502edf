// Markdown to document nodes. Everything a model wrote becomes text nodes: no string is ever read as HTML,
// and links lead to http, https and mailto alone.
"use strict";

const Markdown = (() => {
  const FENCE = /^ {0,3}(`{3,}|~{3,})\s*([^`\s]*).*$/;
  const HEADING = /^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$/;
  const RULE = /^ {0,3}([-*_])(\s*\1){2,}\s*$/;
  const ITEM = /^(\s*)([-*+]|\d{1,9}[.)])\s+(.*)$/;
  const QUOTE = /^ {0,3}>\s?(.*)$/;
  const DIVIDER = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;
  const INLINE = /(`+)([\s\S]*?[^`])\1(?!`)|\*\*([^\s*](?:[\s\S]*?[^\s*])?)\*\*|__([^\s_](?:[\s\S]*?[^\s_])?)__|\*([^\s*](?:[^*]*[^\s*])?)\*|(?<![\w])_([^\s_](?:[^_]*[^\s_])?)_(?![\w])|~~([^~]+)~~|\[([^\]]+)\]\(([^)\s]+)\)|(https?:\/\/[^\s<>()"']+[^\s<>()"'.,;:!?])/;
  const DEEPEST = 12;

  function element(name, ...children) {
    const node = document.createElement(name);
    node.append(...children);
    return node;
  }

  function link(label, address) {
    let url;
    try {
      url = new URL(address);
    } catch {
      return label;
    }
    if (!["http:", "https:", "mailto:"].includes(url.protocol)) {
      return label;
    }
    const a = element("a", ...label);
    a.href = url.href;
    a.target = "_blank";
    a.rel = "noopener noreferrer nofollow";
    return [a];
  }

  function inline(text, depth = 0) {
    const out = [];
    while (text) {
      const m = depth < DEEPEST ? INLINE.exec(text) : null;
      if (!m) {
        out.push(text);
        break;
      }
      if (m.index) {
        out.push(text.slice(0, m.index));
      }
      const inner = s => inline(s, depth + 1);
      if (m[1]) out.push(element("code", m[2].replace(/^ (.*) $/s, "$1")));
      else if (m[3] ?? m[4]) out.push(element("strong", ...inner(m[3] ?? m[4])));
      else if (m[5] ?? m[6]) out.push(element("em", ...inner(m[5] ?? m[6])));
      else if (m[7]) out.push(element("del", ...inner(m[7])));
      else if (m[8]) out.push(...link(inner(m[8]), m[9]));
      else out.push(...link([m[10]], m[10]));
      text = text.slice(m.index + m[0].length);
    }
    return out;
  }

  function lines(texts) {
    const out = [];
    texts.forEach((text, i) => {
      if (i) out.push(element("br"));
      out.push(...inline(text));
    });
    return out;
  }

  function code(language, text) {
    const copy = element("button", "Copy");
    copy.type = "button";
    copy.addEventListener("click", async () => {
      await navigator.clipboard.writeText(text);
      copy.textContent = "Copied";
      setTimeout(() => (copy.textContent = "Copy"), 1500);
    });
    const bar = element("div", element("span", language || "text"), copy);
    bar.className = "bar";
    const block = element("div", bar, element("pre", element("code", text)));
    block.className = "code";
    return block;
  }

  function cells(row) {
    return row.trim().replace(/^\|/, "").replace(/\|$/, "").split(/(?<!\\)\|/).map(c => c.trim().replace(/\\\|/g, "|"));
  }

  function table(rows) {
    const head = cells(rows[0]);
    const sides = cells(rows[1]).map(c => (!c.endsWith(":") ? "" : c.startsWith(":") ? "centre" : "right"));
    const line = (name, found) => {
      const all = head.map((_, i) => element(name, ...inline(found[i] ?? "")));
      all.forEach((one, i) => sides[i] && one.classList.add(sides[i]));
      return element("tr", ...all);
    };
    const top = element("thead", line("th", head));
    const body = element("tbody", ...rows.slice(2).map(row => line("td", cells(row))));
    const box = element("div", element("table", top, body));
    box.className = "table";
    return box;
  }

  function list(found, from, depth) {
    const first = ITEM.exec(found[from]);
    const ordered = /\d/.test(first[2]);
    const node = element(ordered ? "ol" : "ul");
    if (ordered) {
      node.start = parseInt(first[2], 10);
    }
    let at = from;
    while (at < found.length) {
      const m = ITEM.exec(found[at]);
      if (!m || m[1].length > first[1].length + 1 || m[1].length < first[1].length || /\d/.test(m[2]) !== ordered) {
        break;
      }
      const content = [m[3]];
      const indent = m[1].length + 2;
      at++;
      while (at < found.length) {
        const next = ITEM.exec(found[at]);
        const spaces = found[at].match(/^\s*/)[0].length;
        if (next ? next[1].length < indent : !found[at].trim() ? !/^\s{2,}\S/.test(found[at + 1] ?? "") : spaces < 2) {
          break;
        }
        content.push(found[at].slice(Math.min(spaces, m[1].length + m[2].length + 1)));
        at++;
      }
      const item = element("li");
      blocks(content, item, depth + 1);
      if (item.children.length && item.firstElementChild.tagName === "P") {
        item.firstElementChild.replaceWith(...item.firstElementChild.childNodes); // a tight list
      }
      node.append(item);
      while (at < found.length && !found[at].trim() && ITEM.test(found[at + 1] ?? "")) {
        at++;
      }
    }
    return [node, at];
  }

  function blocks(found, into, depth = 0) {
    let at = 0;
    while (at < found.length) {
      const line = found[at];
      let m;
      if (!line.trim()) {
        at++;
      } else if ((m = FENCE.exec(line))) {
        const end = new RegExp("^ {0,3}" + m[1][0] + "{" + m[1].length + ",}\\s*$");
        const body = [];
        for (at++; at < found.length && !end.test(found[at]); at++) body.push(found[at]);
        at++;
        into.append(code(m[2], body.join("\n")));
      } else if ((m = HEADING.exec(line))) {
        into.append(element("h" + m[1].length, ...inline(m[2])));
        at++;
      } else if (RULE.test(line)) {
        into.append(element("hr"));
        at++;
      } else if (QUOTE.test(line) && depth < DEEPEST) {
        const body = [];
        while (at < found.length && (m = QUOTE.exec(found[at]))) {
          body.push(m[1]);
          at++;
        }
        const quote = element("blockquote");
        blocks(body, quote, depth + 1);
        into.append(quote);
      } else if (line.includes("|") && DIVIDER.test(found[at + 1] ?? "") && found[at + 1].includes("-")) {
        const rows = [];
        while (at < found.length && found[at].includes("|")) rows.push(found[at++]);
        into.append(table(rows));
      } else if (ITEM.test(line) && depth < DEEPEST) {
        const [node, next] = list(found, at, depth);
        into.append(node);
        at = next;
      } else {
        const body = [];
        do body.push(found[at++]);
        while (at < found.length && found[at].trim() && !FENCE.test(found[at]) && !HEADING.test(found[at]) && !RULE.test(found[at]) && !ITEM.test(found[at]) && !QUOTE.test(found[at]));
        into.append(element("p", ...lines(body)));
      }
    }
  }

  /** Puts `text` into `into` in place of what was there. */
  function render(text, into) {
    const fresh = document.createDocumentFragment();
    blocks(text.split(/\r?\n/), fresh);
    into.replaceChildren(fresh);
  }

  return { render };
})();
