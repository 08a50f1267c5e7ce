package model

import (
	"container/list"

	"postroom.dev/spool"
)

// records keeps the records that were used last, at most limit of them.
type records struct {
	limit int
	order *list.List // of *kept, the last used first
	byID  map[int64]*list.Element
}

type kept struct {
	record spool.Record
	stale  bool // shown until a newer one is there
}

func newRecords(limit int) *records {
	return &records{limit: limit, order: list.New(), byID: map[int64]*list.Element{}}
}

// get gives a record, and says whether it need not be loaded again.
func (c *records) get(id int64) (r *spool.Record, fresh bool) {
	e, ok := c.byID[id]
	if !ok {
		return nil, false
	}
	c.order.MoveToFront(e)
	k := e.Value.(*kept)
	return &k.record, !k.stale
}

func (c *records) put(r spool.Record) {
	if e, ok := c.byID[r.ID]; ok {
		*e.Value.(*kept) = kept{record: r}
		c.order.MoveToFront(e)
		return
	}
	c.byID[r.ID] = c.order.PushFront(&kept{record: r})
	if c.order.Len() > c.limit {
		last := c.order.Back()
		delete(c.byID, last.Value.(*kept).record.ID)
		c.order.Remove(last)
	}
}

// age makes the record stale, if it is there.
func (c *records) age(id int64) {
	if e, ok := c.byID[id]; ok {
		e.Value.(*kept).stale = true
	}
}

func (c *records) ageAll() {
	for _, e := range c.byID {
		e.Value.(*kept).stale = true
	}
}

func (c *records) drop(id int64) {
	if e, ok := c.byID[id]; ok {
		c.order.Remove(e)
		delete(c.byID, id)
	}
}
