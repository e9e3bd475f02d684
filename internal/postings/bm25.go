package postings

import "math"

// The parameters of BM25 (Robertson and Zaragoza 2009, section 3.5). With
// stemming and a stop list these beat 0.9 and 0.4 on most public sets.
const (
	K1 = 1.2
	B  = 0.75
)

// Stats are the numbers that BM25 takes from a whole index. Scores of one
// formula and one order of operations are equal to the last bit on every
// machine: the conversions below keep compilers from fusing a product into a
// sum.
type Stats struct {
	Docs   int    // live documents
	Tokens uint64 // of all live documents together
}

// IDF returns the weight of a term that df documents hold. It is above zero
// for every df from 0 to s.Docs.
func (s Stats) IDF(df int) float64 {
	return math.Log(1 + (float64(s.Docs-df)+0.5)/(float64(df)+0.5))
}

// Weight returns what a term adds to the score of a document of dl tokens that
// holds it tf times: a score is the sum of the weights, in float64, over the
// distinct terms of the query in the order of their first appearance.
func (s Stats) Weight(idf float64, tf, dl uint32) float64 {
	return weight(idf, float64(tf), s.norm(dl))
}

// norm is how strongly a document's length holds its term counts down.
func (s Stats) norm(dl uint32) float64 {
	mean := float64(s.Tokens) / float64(s.Docs)
	return K1 * float64((1-B)+float64(B*(float64(dl)/mean)))
}

func weight(idf, tf, norm float64) float64 {
	return float64(idf*float64(tf*(K1+1))) / (tf + norm)
}
