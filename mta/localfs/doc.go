// Package localfs tells file systems that only this machine changes from those that others reach, too: of the latter the kernel
// does not report every change (inotify(7)) and does not know every lock. Only Linux answers; elsewhere none is called local.
package localfs
