//go:build !nogui && linux && cgo

package ui

/*
#include <malloc.h>

static void keep(int octets) {
#ifdef __GLIBC__
	mallopt(M_TRIM_THRESHOLD, octets);
#endif
}
*/
import "C"

// frameHeap is what C's heap may keep at its end, in octets: more than a frame takes.
const frameHeap = 12 << 20

// keepFrameHeap has C's heap keep what a frame took. Mesa's software GL allocates some 50 KB for each thing that is drawn and frees all
// of it with the frame: glibc gave some 8 MB back to the kernel at the end of every frame, and had them zeroed again page by page for the next.
func keepFrameHeap() { C.keep(frameHeap) }
