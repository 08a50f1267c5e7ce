package layout

import (
	"postroom.dev/ui/mailhtml/css"
	"postroom.dev/ui/mailhtml/style"
)

// flexItems makes every child of a flex container a block of its own.
func (l *layouter) flexItems(b *box) []*box {
	var out []*box
	for _, k := range l.group(b, b.kids) {
		if k.kind == linesBox { // text, or what was inline: each of its boxes is an item
			for _, one := range flexPieces(k) {
				if one.kind == textBox || one.kind == inlineBox || one.kind == breakBox {
					wrap := &box{kind: blockBox, style: b.style.Anonymous(style.Block)}
					wrap.kids = l.group(wrap, []*box{one})
					one = wrap
				}
				out = append(out, one)
			}
			continue
		}
		out = append(out, k)
	}
	return out
}

// flexPieces gives the boxes that a flow was made of, at its top level.
func flexPieces(k *box) []*box {
	var out []*box
	depth := 0
	var last *box
	for _, sp := range k.flow.spans {
		if sp.kind == closeSpan {
			depth--
			continue
		}
		if depth == 0 && sp.box != last && (sp.kind != textSpan || !sp.box.blank()) {
			out = append(out, sp.box)
			last = sp.box
		}
		if sp.kind == openSpan {
			depth++
		}
	}
	return out
}

func (l *layouter) intrinsicFlex(b *box) (least, may float32) {
	f := b.style.Flex
	for i, k := range b.kids {
		mn, mx := l.intrinsic(k)
		if f.Column || f.Wrap {
			least = max(least, mn)
		} else {
			least += mn
		}
		if f.Column {
			may = max(may, mx)
		} else {
			may += mx
			if i > 0 {
				may += f.Gap
			}
		}
	}
	return least, may
}

// flex lays out a flex container whose content begins at x, y: one row, or rows where it wraps, or a column.
func (l *layouter) flex(b *box, x, y, w float32, base *baselines) (bottom float32) {
	f := b.style.Flex
	if f.Column {
		for i, k := range b.kids {
			if i > 0 {
				y += f.Gap
			}
			width := w
			if f.Items == "center" || f.Items == "flex-start" || f.Items == "flex-end" {
				width = l.shrink(k, w)
			}
			p := l.aside(k, width)
			at := x
			switch f.Items {
			case "center":
				at += (w - width) / 2
			case "flex-end":
				at += w - width
			}
			l.paste(p, at, y)
			y += p.h
		}
		return y
	}
	for from := 0; from < len(b.kids); {
		sizes := l.flexSizes(b.kids[from:], w, f)
		y += l.flexRow(b.kids[from:from+len(sizes)], sizes, f, x, y, w, base)
		if from += len(sizes); from < len(b.kids) {
			y += f.Gap
		}
	}
	return y
}

// flexSizes gives the widths of the items of one row: what they would like, made to fit.
func (l *layouter) flexSizes(kids []*box, w float32, f style.FlexBox) []float32 {
	var sizes, least []float32
	sum, grow := float32(0), float32(0)
	for i, k := range kids {
		mn, mx := l.intrinsic(k)
		if k.style.Width.Kind == css.Relative {
			mx = k.style.Width.Of(w)
			mn = min(mn, mx)
		}
		mx = min(mx, max(w, mn))
		gap := float32(0)
		if i > 0 {
			gap = f.Gap
		}
		if f.Wrap && i > 0 && sum+gap+mx > w+slack {
			break
		}
		sum += gap + mx
		sizes, least = append(sizes, mx), append(least, mn)
		grow += k.style.Grow
	}
	if free := w - sum; free > 0 && grow > 0 {
		for i := range sizes {
			sizes[i] += free * kids[i].style.Grow / grow
		}
	} else if free < 0 {
		room := float32(0)
		for i := range sizes {
			room += sizes[i] - least[i]
		}
		for i := range sizes {
			if room > 0 {
				sizes[i] -= min(1, -free/room) * (sizes[i] - least[i])
			}
		}
	}
	return sizes
}

// flexRow lays out one row and gives its height.
func (l *layouter) flexRow(kids []*box, sizes []float32, f style.FlexBox, x, y, w float32, base *baselines) (height float32) {
	parts := make([]*part, len(kids))
	sum := f.Gap * float32(len(kids)-1)
	for i, k := range kids {
		parts[i] = l.aside(k, sizes[i])
		height = max(height, parts[i].h)
		sum += sizes[i]
	}
	free := max(0, w-sum)
	gap := f.Gap
	switch f.Justify {
	case "center":
		x += free / 2
	case "flex-end", "end", "right":
		x += free
	case "space-between":
		if len(kids) > 1 {
			gap += free / float32(len(kids)-1)
		}
	case "space-around", "space-evenly":
		n := float32(len(kids) + 1)
		x += free / n
		gap += free / n
	}
	for i, p := range parts {
		down := float32(0)
		switch f.Items {
		case "center":
			down = (height - p.h) / 2
		case "flex-end", "end":
			down = height - p.h
		}
		if i == 0 {
			base.add(y + down + p.baseline)
		}
		l.paste(p, x, y+down)
		x += sizes[i] + gap
	}
	return height
}
