//go:build !nogui && !(linux && cgo)

package ui

// keepFrameHeap does nothing here.
func keepFrameHeap() {}
