// Package log is the truth of the local store: a segmented append-only log of
// self-describing records in one directory, with a MANIFEST that names every
// file that counts and a LOCK file that guards the one writer.
//
// The type to start from is [Log]. A batch of records is one commit: one
// write, one fsync, and it is acknowledged only when the fsync returned. What
// was acknowledged is there after a crash, whole; what was not is there whole
// or not at all. Everything else in the directory (snapshots, see [Writer]) is
// derived from the records, may be lost, and is checked before it is believed.
//
// # Files
//
// MANIFEST is a small text file, replaced by rename: format version, segments
// with their durable lengths, snapshots with the sequence they cover. NNNNNN.seg
// are segments, NNNNNN.snap snapshots, *.tmp leftovers of a crash. The writer
// removes files with these names that the MANIFEST does not name and leaves all
// others alone. No file is written in place: a torn tail is not cut off but
// left behind, by sealing its segment at the last good commit.
//
// # Damage
//
// Bytes after the last commit that are not a whole batch are a torn tail: the
// batch was never acknowledged and is dropped. Bytes that do not check out
// before something that was written after an fsync are damage: they are
// reported as a [DamageError] with their sequence range, and the rest is served.
//
// The package knows neither vectors nor documents; kinds, ids and bodies are
// its caller's. It reads no environment, prints nothing, and touches the disk
// only through [FS].
package log
