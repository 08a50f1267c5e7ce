// Command postroom is a post room on a developer's desk: a window around a mail
// transfer agent that catches what an app in development sends. Called by the
// name sendmail it is the sendmail command. Package app puts it together.
package main

import (
	"os"

	"postroom.dev/app"
	"postroom.dev/app/early" // keeps packages that speak at their start silent
)

func main() {
	early.Done()
	os.Exit(app.Main(os.Args))
}
