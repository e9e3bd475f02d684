package hnsw

import "github.com/seed4837efcb/groundwork/vectorstore"

// Info describes the build. Bytes is what its live records and rows take in the
// log.
func (s *Store) Info() vectorstore.Info {
	v := s.build.view.Load()
	info := vectorstore.Info{
		Space:         s.build.space,
		Transactional: true,
		Durable:       true,
		Records:       v.ids.size,
		Vectors:       v.live,
		Tombstones:    v.tombs,
		Bytes:         v.bytes,
		Generation:    int64(v.seq),
		Features:      []vectorstore.Feature{vectorstore.FeatureDense, vectorstore.FeatureState, vectorstore.FeatureFence, vectorstore.FeatureVectorRows},
	}
	if v.text != nil {
		info.Features = append(info.Features, vectorstore.FeatureLexical)
	}
	return info
}
