//go:build !nogui

package ui

import (
	"context"
	"fmt"
	"net/url"
	"runtime"
	"strings"
	"sync"

	"fyne.io/fyne/v2"

	"postroom.dev/ui/mailhtml"
	"postroom.dev/ui/mailhtml/paint"
	"postroom.dev/ui/mailhtml/picture"
	"postroom.dev/ui/say"
)

// fetched is what became of the pictures that were fetched.
type fetched struct {
	failed []string // addresses
	err    error    // of the last that failed
}

// atOnce is how many pictures are fetched at the same time.
const atOnce = 4

// fetchPictures fetches the pictures of the open message that lie elsewhere: only now, and only for it.
func (p *preview) fetchPictures() {
	paper, backend := p.paper, p.viewer.win.backend
	if paper == nil || len(paper.remote) == 0 {
		return
	}
	p.fetch.SetDisabled(true)
	p.say(say.T("Fetching pictures …"))
	p.fetching.Ask(func(ctx context.Context) (fetched, error) {
		return fetchAll(ctx, backend, paper), ctx.Err()
	}, func(f fetched, err error) {
		p.fetch.SetDisabled(false)
		if err != nil || p.paper != paper {
			return
		}
		paper.remote, paper.failed = f.failed, f.err
		show(p.fetch, len(f.failed) > 0)
		p.arrange()
		p.strips.use(paint.New(p.faces, paper.album.Image))
		p.relay(true)
	})
}

// fetchAll fetches a paper's pictures, a few at the same time and not more than an album takes.
func fetchAll(ctx context.Context, backend Backend, p *paper) fetched {
	var mu sync.Mutex
	var out fetched
	var wg sync.WaitGroup
	free := make(chan struct{}, atOnce)
	for i, src := range p.remote {
		if i == picture.MaxPictures || ctx.Err() != nil {
			break
		}
		free <- struct{}{}
		wg.Go(func() {
			defer func() { <-free }()
			b, err := backend.Picture(ctx, src)
			if err == nil {
				err = p.album.Add(src, b)
			}
			if err != nil {
				mu.Lock()
				out.failed, out.err = append(out.failed, src), err
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return out
}

// askLink shows where a link leads, and opens it only when that is wanted.
func (p *preview) askLink(target string) {
	w := p.viewer.win
	u, err := url.Parse(strings.TrimSpace(target))
	if err != nil || !mailhtml.SafeLink(target) || u.Scheme == "" {
		w.problem(fmt.Errorf("link %s: not one to http, https or mailto, so it is not opened", shortened(target, 80)))
		return
	}
	text := target
	if other := p.looksLike(target, u.Hostname()); other != "" {
		text = say.T("It reads “%s” but leads to %s: %s", other, u.Hostname(), target)
	}
	w.post(func() { // after Fyne is done with the click: it takes the keyboard from what the click has opened
		w.ask("external-link", say.T("Open this link?"), shortened(text, 160), say.T("Open"), func() { p.openURL(u) })
	})
}

// looksLike gives what the text of a link looks like where that is the address of another host than the one it leads to.
func (p *preview) looksLike(target, host string) string {
	l := p.page.List()
	if l == nil || host == "" {
		return ""
	}
	for i := range l.Items {
		it := &l.Items[i]
		if it.Text == nil || it.Link == 0 || l.Links[it.Link-1] != target {
			continue
		}
		word := strings.TrimSpace(it.Text.Text)
		named := strings.TrimPrefix(strings.TrimPrefix(strings.ToLower(word), "https://"), "http://")
		named, _, _ = strings.Cut(named, "/")
		if strings.Contains(named, ".") && !strings.ContainsAny(named, " @") && !sameSite(named, strings.ToLower(host)) {
			return word
		}
	}
	return ""
}

// sameSite says that one host is the other or below it.
func sameSite(a, b string) bool {
	a, b = strings.TrimPrefix(a, "www."), strings.TrimPrefix(b, "www.")
	return a == b || strings.HasSuffix(a, "."+b) || strings.HasSuffix(b, "."+a)
}

func (p *preview) openURL(u *url.URL) {
	if err := p.viewer.win.openURL(u); err != nil {
		p.viewer.win.problem(err)
	}
}

// linkMenu is what the menu of the right button has for a link.
func (p *preview) linkMenu(link string) []*fyne.MenuItem {
	if link == "" {
		return nil
	}
	return []*fyne.MenuItem{
		fyne.NewMenuItem(say.T("Open link …"), func() { p.askLink(link) }),
		fyne.NewMenuItem(say.T("Copy link"), func() { p.viewer.win.clipboard.SetContent(link) }),
	}
}

// openInBrowser writes a sanitised copy of the message and has the desktop open it.
func (p *preview) openInBrowser() {
	paper, backend := p.paper, p.viewer.win.backend
	if paper == nil {
		return
	}
	p.browsing.Ask(func(ctx context.Context) (string, error) {
		return backend.Browsable(ctx, paper.doc.Sanitised(paper.album.Data))
	}, func(path string, err error) {
		if err != nil {
			p.viewer.win.problem(err)
			return
		}
		if runtime.GOOS == "windows" {
			path = "/" + strings.ReplaceAll(path, `\`, "/")
		}
		p.openURL(&url.URL{Scheme: "file", Path: path})
	})
}

// shortened cuts a text to so many characters, from its middle: the host and the end of an address tell most.
func shortened(s string, most int) string {
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	return string(r[:most*2/3]) + "…" + string(r[len(r)-most/3:])
}
