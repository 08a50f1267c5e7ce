// Measures how Chromium lays out documents: where each box stands, and which words stand on each line.
// jobs is an array of {name, width, html}; the result is written into the page as JSON.

const boxTags = new Set(['BODY', 'TABLE', 'TR', 'TD', 'TH', 'DIV', 'P', 'H1', 'H2', 'H3', 'H4', 'H5', 'H6', 'UL', 'OL', 'LI', 'IMG', 'CENTER',
  'HR', 'BLOCKQUOTE', 'A', 'SPAN', 'SECTION', 'MAIN']);

const round = (v) => Math.round(v * 10) / 10;

// unseen says that an element's text is not there to be read.
function unseen(view, el, known) {
  if (!el) return false;
  if (known.has(el)) return known.get(el);
  const s = view.getComputedStyle(el);
  const is = s.opacity === '0' || s.display === 'none' || unseen(view, el.parentElement, known);
  known.set(el, is);
  return is;
}

function boxes(doc, view, known) {
  const out = [];
  [...doc.querySelectorAll('*')].forEach((el, i) => {
    if (!boxTags.has(el.tagName) || unseen(view, el, known)) return;
    const display = view.getComputedStyle(el).display;
    if (display === 'inline' && el.tagName !== 'IMG' || display === 'contents') return;
    const r = el.getBoundingClientRect();
    if (r.width < 1 || r.height < 1) return;
    out.push([i, round(r.left), round(r.top), round(r.width), round(r.height)]);
  });
  return out;
}

function lines(doc, view, known) {
  const out = [];
  const walk = doc.createTreeWalker(doc, NodeFilter.SHOW_TEXT);
  for (let i = 0, n; (n = walk.nextNode()); i++) {
    const el = n.parentElement;
    if (!el || !/\S/.test(n.data) || unseen(view, el, known)) continue;
    const s = view.getComputedStyle(el);
    if (s.visibility === 'hidden' || s.fontSize === '0px' || /, 0\)$/.test(s.color)) continue;
    let line = null;
    const put = (word, r, joined) => {
      if (line && Math.abs(line.top - r.top) < r.height / 2 && r.left >= line.left) {
        if (joined) line.words[line.words.length - 1] += word;
        else line.words.push(word);
        return;
      }
      if (line) out.push([i, line.words.join(' '), round(line.left), round(line.top)]);
      line = {words: [word], left: r.left, top: r.top};
    };
    const rectsOf = (from, to) => {
      const range = doc.createRange();
      range.setStart(n, from);
      range.setEnd(n, to);
      return [...range.getClientRects()].filter((r) => r.width > 0);
    };
    for (const m of n.data.matchAll(/[^ \t\r\n\f]+/g)) {
      const rects = rectsOf(m.index, m.index + m[0].length);
      if (rects.length === 0) continue;
      if (rects.every((r) => Math.abs(r.top - rects[0].top) < r.height / 2)) {
        put(m[0], rects[0], false);
        continue;
      }
      [...m[0]].reduce((at, c) => { // a word broken over lines
        const one = rectsOf(at, at + c.length);
        if (one.length > 0) put(c, one[0], at > m.index);
        return at + c.length;
      }, m.index);
    }
    if (line) out.push([i, line.words.join(' '), round(line.left), round(line.top)]);
  }
  return out;
}

async function measure(job) {
  const frame = document.createElement('iframe');
  frame.style.cssText = 'border:0;width:' + job.width + 'px;height:1000px';
  frame.scrolling = 'no';
  document.body.append(frame);
  const doc = frame.contentDocument;
  doc.open();
  doc.write(job.html);
  doc.close();
  await Promise.all([...doc.images].map((img) => img.decode().catch(() => 0)));
  await doc.fonts.ready;
  const view = frame.contentWindow, known = new Map();
  const height = doc.documentElement.scrollHeight;
  const out = {name: job.name, width: job.width, height, boxes: boxes(doc, view, known), lines: lines(doc, view, known)};
  frame.remove();
  return out;
}

(async () => {
  const out = [];
  for (const job of jobs) out.push(await measure(job));
  const pre = document.createElement('pre');
  pre.id = 'result';
  pre.textContent = JSON.stringify(out);
  document.body.append(pre);
  document.title = 'done';
})();
