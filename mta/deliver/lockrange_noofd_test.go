//go:build unix && !linux

package deliver

const lockRangeHolds = false
