// Package memsys lends memory: buffers of a few fixed sizes (slabs), and
// scatter-gather lists made of them, from a Pool that knows how much memory
// the machine or its container has left.
//
// A Pool has two bounds. What it keeps idle is given back to the runtime when
// it was not needed for a while, and at once under pressure. What it has lent
// is bounded by Options.MaxBytes: SGLs, which grow with what clients send,
// are refused beyond it; single buffers, of which each request has a few, are
// lent and counted in Overflows, since requests are bounded elsewhere.
//
// Buffers hold what their last user wrote.
package memsys
