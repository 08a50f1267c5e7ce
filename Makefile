# make run    builds Postroom and opens its window
# make test   runs every check and test
# make bench  runs the benchmarks
# make release builds what is shipped, into dist/
# Each installs what it needs on Debian and Ubuntu; elsewhere see the README.

GO ?= go
VERSION ?= 0.1.0
LDFLAGS = -X postroom.dev/app.Version=$(VERSION)

# The window needs C headers; software GL lets it run without a graphics card.
WINDOW_PACKAGES = gcc libc6-dev libgl1-mesa-dev libgl1-mesa-dri xorg-dev
TEST_PACKAGES = $(WINDOW_PACKAGES) bsd-mailx curl dbus-daemon git git-email libmailtools-perl imagemagick m4 msmtp mutt openssl php-cli procps s-nail swaks xauth xclip xdotool xvfb fonts-noto-cjk

.PHONY: run build server test check unit fuzz cross bench release clean

run: build
	@if [ "$$(uname)" = Linux ] && [ -z "$$DISPLAY$$WAYLAND_DISPLAY" ]; then \
		echo "There is no display: serving without a window. Stop with Ctrl+C."; \
		exec ./postroom serve; \
	fi; exec ./postroom

build:
	@scripts/need $(WINDOW_PACKAGES)
	$(GO) build -ldflags '$(LDFLAGS)' -o postroom .

server:
	CGO_ENABLED=0 $(GO) build -tags nogui -trimpath -ldflags '-s -w $(LDFLAGS)' -o postroom-server .

test: check cross unit fuzz

check:
	@scripts/need $(TEST_PACKAGES)
	scripts/check

unit:
	@scripts/need $(TEST_PACKAGES)
	@POSTROOM_SENDMAIL="$$(scripts/real-sendmail || true)"; export POSTROOM_SENDMAIL; \
	POSTROOM_NODEMAILER="$$(scripts/nodemailer || true)"; export POSTROOM_NODEMAILER; \
	POSTROOM_SMTP_SINK="$$(scripts/smtp-sink || true)"; export POSTROOM_SMTP_SINK; \
	echo "comparing with real sendmail: $${POSTROOM_SENDMAIL:-none}"; \
	$(GO) test -race -timeout 20m ./...

# Every fuzz target a few thousand times, from its kept corpus.
fuzz:
	scripts/fuzz 5000x

# The builds for other systems: that they compile is all that is checked here.
cross:
	scripts/cross

bench:
	@scripts/need $(WINDOW_PACKAGES) xvfb
	scripts/bench

release:
	@scripts/need $(WINDOW_PACKAGES)
	mkdir -p dist
	$(GO) build -tags no_metadata,migrated_fynedo -trimpath -ldflags '-s -w $(LDFLAGS)' -o dist/postroom .
	CGO_ENABLED=0 $(GO) build -tags nogui -trimpath -ldflags '-s -w $(LDFLAGS)' -o dist/postroom-server .
	cp README.md LICENSE dist/

clean:
	rm -rf postroom postroom-server dist build
