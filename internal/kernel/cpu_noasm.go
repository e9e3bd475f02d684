//go:build !amd64 || purego

package kernel

var useAVX2, useVNNI bool
