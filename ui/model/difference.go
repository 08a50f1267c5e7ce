package model

import "strings"

// maxDifference is how many lines a part that differs may have to be compared line by line; a longer one is told as a whole.
const maxDifference = 400

// Difference tells how a text became another: lines that went with "- " before them, lines that came with "+ ", and round them up to two
// that stayed. It is "" for the same text.
func Difference(was, now []byte) string {
	a, b := textLines(was), textLines(now)
	from := 0
	for from < min(len(a), len(b)) && a[from] == b[from] {
		from++
	}
	same := 0
	for same < min(len(a), len(b))-from && a[len(a)-1-same] == b[len(b)-1-same] {
		same++
	}
	if from == len(a) && from == len(b) {
		return ""
	}
	const around = 2
	var out strings.Builder
	tell := func(sign string, lines []string) {
		for _, l := range lines {
			out.WriteString(sign + l + "\n")
		}
	}
	tell("  ", a[max(0, from-around):from])
	x, y := a[from:len(a)-same], b[from:len(b)-same]
	if len(x) > maxDifference || len(y) > maxDifference {
		tell("- ", x)
		tell("+ ", y)
	} else {
		inner(x, y, tell)
	}
	tell("  ", a[len(a)-same:min(len(a), len(a)-same+around)])
	return out.String()
}

func textLines(text []byte) []string {
	if len(text) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

// inner tells the shortest way from x to y.
func inner(x, y []string, tell func(sign string, lines []string)) {
	// most[i][j] is how many lines x[i:] and y[j:] have in common, in their order.
	most := make([][]int, len(x)+1)
	for i := range most {
		most[i] = make([]int, len(y)+1)
	}
	for i := len(x) - 1; i >= 0; i-- {
		for j := len(y) - 1; j >= 0; j-- {
			if most[i][j] = max(most[i+1][j], most[i][j+1]); x[i] == y[j] {
				most[i][j] = most[i+1][j+1] + 1
			}
		}
	}
	i, j := 0, 0
	for i < len(x) || j < len(y) {
		switch {
		case i < len(x) && j < len(y) && x[i] == y[j]:
			tell("  ", x[i:i+1])
			i, j = i+1, j+1
		case j == len(y) || i < len(x) && most[i+1][j] >= most[i][j+1]:
			tell("- ", x[i:i+1])
			i++
		default:
			tell("+ ", y[j:j+1])
			j++
		}
	}
}
