// Package safetensors reads and writes the safetensors format: an eight-byte
// little-endian header length, a JSON header, and the tensors' bytes.
//
// Start with [Parse]; it keeps no copy of the data, so a file embedded in the
// program or mapped into memory is used in place. The header is treated as
// hostile: every length is checked before anything is allocated from it, and a
// file with holes, overlaps, duplicate names or trailing bytes is refused with a
// [*FormatError]. The package reads no pickle, opens no file and runs nothing.
//
// Besides the plain types it knows the 4-bit blocks that the shipped
// multilingual model uses, see [Tensor.Q4_0].
package safetensors
