package safetensors

import "math"

// Float16 is an IEEE 754 half precision number by its bits.
type Float16 uint16

// Float32 returns the same number; every half is exactly a float32. A NaN keeps
// its payload and becomes quiet only if it already was.
func (h Float16) Float32() float32 {
	sign := uint32(h&0x8000) << 16
	exponent := uint32(h>>10) & 0x1f
	fraction := uint32(h & 0x3ff)
	switch {
	case exponent == 0x1f:
		return math.Float32frombits(sign | 0x7f800000 | fraction<<13)
	case exponent == 0:
		// Zero or subnormal: fraction × 2^-24, which float32 holds exactly.
		f := float32(fraction) * (1.0 / (1 << 24))
		return math.Float32frombits(sign | math.Float32bits(f))
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction<<13)
}

// NewFloat16 rounds f to the nearest half, ties to even. What is too large
// becomes infinite, what is too small a signed zero; a NaN stays a (quiet) NaN.
func NewFloat16(f float32) Float16 {
	bits := math.Float32bits(f)
	sign := Float16(bits >> 16 & 0x8000)
	magnitude := bits & 0x7fffffff
	switch {
	case magnitude > 0x7f800000:
		return sign | 0x7e00 | Float16(magnitude>>13&0x1ff)
	case magnitude >= 0x477ff000: // rounds to 65536 or is beyond
		return sign | 0x7c00
	case magnitude < 0x38800000: // below 2^-14: subnormal halves are multiples of 2^-24
		return sign | Float16(math.RoundToEven(float64(math.Float32frombits(magnitude))*(1<<24)))
	}
	// Rebias, then round the thirteen dropped bits to even; a carry runs into
	// the exponent, as it should.
	rounded := magnitude - (127-15)<<23
	rounded += 0xfff + rounded>>13&1
	return sign | Float16(rounded>>13)
}
