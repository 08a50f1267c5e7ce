//go:build !linux

package realsendmail
