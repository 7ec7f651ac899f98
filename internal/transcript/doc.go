// Package transcript tests pure rules by golden scripts: commands and the
// output they gave, in one file that reads as prose.
//
//	# three proxies, two targets
//	nodes p1* p2 p3 t1 t2
//	kill p1
//	tick 3
//	----
//	p2: vote for p2 (map v7)
//	p3: agree
//
// A block is command lines, a line of four dashes, and the output of all its
// commands, up to the next empty line. Lines that begin with # are comments;
// they and extra empty lines stay where they are, outside of output. Output
// that has empty lines itself stands between two doubled lines of dashes.
//
// go test -update rewrites the output with what the commands give now; the
// diff is the review.
package transcript
