package app

import "io/fs"

// owns is left to the file system there: who may not write the home gets no further.
func owns(string) bool { return true }

// ownerOf knows no uids there.
func ownerOf(fs.FileInfo) string { return "" }
