package vectorstore

import (
	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/filter"
)

// ChunkFields returns the fields that filters see of c: its metadata and the
// reserved fields. It reads c when it is called and keeps no copy.
func ChunkFields(c *groundwork.Chunk) filter.Fields {
	return func(field string) (any, bool) {
		switch field {
		case filter.DocID:
			return c.DocumentID, true
		case filter.DocURI:
			return c.URI, true
		case filter.DocMIME:
			return c.MIME, true
		}
		v, ok := c.Metadata[field]
		return v, ok
	}
}
