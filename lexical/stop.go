package lexical

// stopWords are English words that tell nothing of what a text is about.
// Negations stand among them: terms cannot express them.
var stopWords = func() map[string]bool {
	m := make(map[string]bool)
	for _, w := range [...]string{
		"a", "about", "after", "again", "all", "also", "am", "an", "and", "any", "are", "as", "at",
		"be", "because", "been", "before", "being", "between", "both", "but", "by",
		"can", "cannot", "could", "did", "do", "does", "doing", "during",
		"each", "eg", "for", "from", "further", "had", "has", "have", "having", "he", "her", "here", "hers",
		"herself", "him", "himself", "his", "how", "i", "ie", "if", "in", "into", "is", "it", "its", "itself",
		"just", "may", "me", "might", "more", "most", "must", "my", "myself", "no", "nor", "not",
		"of", "off", "on", "once", "only", "or", "other", "our", "ours", "ourselves", "out", "over", "own",
		"same", "shall", "she", "should", "so", "some", "such", "than", "that", "the", "their", "theirs", "them",
		"themselves", "then", "there", "these", "they", "this", "those", "through", "to", "too",
		"under", "until", "up", "upon", "very", "was", "we", "were", "what", "when", "where", "which", "while",
		"who", "whom", "whose", "why", "will", "with", "would", "you", "your", "yours", "yourself", "yourselves",
	} {
		m[w] = true
	}
	return m
}()

// IsStopWord reports whether word, in lower case, is an English function word
// that [Standard] leaves out.
func IsStopWord(word string) bool { return stopWords[word] }
