package deliver

const lockRangeHolds = true
