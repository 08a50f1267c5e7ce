package mailhtml_test

import (
	"strings"
	"testing"

	"postroom.dev/ui/mailhtml"
)

func TestASanitisedPageHasNothingThatActs(t *testing.T) {
	for _, c := range []struct{ name, source string }{
		{"scripts", "<script>evil()</script><p onclick=evil() onmouseover=evil()>x"},
		{"links that run", "<a href='javascript:evil()'>x</a><a href=' java&#10;script:evil()'>y</a><a href=data:text/html,evil>z</a>"},
		{"frames and objects", "<iframe src=http://evil/></iframe><object data=http://evil/></object><embed src=http://evil/>"},
		{"forms", "<form action=http://evil/><input name=a><button formaction=http://evil/>b</button></form>"},
		{"heads", "<base href=http://evil/><meta http-equiv=refresh content='0;url=http://evil/'><link rel=stylesheet href=http://evil/>"},
		{"pictures elsewhere", "<img src=http://evil/a.png srcset='http://evil/b.png 2x'><td background=http://evil/c.png>"},
		{"styles that fetch", "<style>@import 'http://evil/';a{background:url(http://evil/x)}</style><p style=\"background:URL( 'http://evil/y' )\">"},
		{"drawings", "<svg onload=evil()><script>evil()</script></svg><math><a xlink:href=javascript:evil()>x</a></math>"},
		{"a style that ends early", "<style>a{}</style><!--</style><img src=x onerror=evil()>--></style>"},
		{"templates", "<template><script>evil()</script></template><noscript><p title='</noscript><img src=x onerror=evil()>'></noscript>"},
		{"media", "<video src=http://evil/ poster=http://evil/></video><audio src=http://evil/></audio>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := string(mailhtml.Parse(c.source).Sanitised(func(string) string { return "" }))
			low := strings.ToLower(got)
			for _, no := range []string{"evil", "javascript", "onclick", "onload", "onerror", "<iframe", "<form", "<input", "<base", "refresh", "<svg", "<script"} {
				if strings.Contains(low, no) {
					t.Errorf("%q is in %s", no, got)
				}
			}
			policy, head := strings.Index(got, "Content-Security-Policy"), strings.Index(got, "<style")
			if policy < 0 || head >= 0 && head < policy {
				t.Errorf("the policy does not come first: %s", got)
			}
		})
	}
}

func TestASanitisedPageKeepsWhatIsSeen(t *testing.T) {
	got := string(mailhtml.Parse(`<!DOCTYPE html><style>p{color:red;background:url(cid:b)}</style><p class=x style="margin:1px">Hello
		<a href="https://shop.example/?a=1&amp;b=2">link</a><img src="cid:a" width=5 alt=A></p>`).Sanitised(func(src string) string {
		return map[string]string{"cid:a": "data:image/png;base64,AA==", "cid:b": "data:image/png;base64,BB=="}[src]
	}))
	for _, want := range []string{"<!DOCTYPE html>", "color:red", `url("data:image/png;base64,BB==")`, `class="x"`, `margin:1px`, "Hello",
		`href="https://shop.example/?a=1&amp;b=2" rel="noreferrer noopener" target="_blank"`, `src="data:image/png;base64,AA=="`, `alt="A"`} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not in %s", want, got)
		}
	}
}
