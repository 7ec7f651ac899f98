// Package hrw is the one owner rule of AIStore: rendezvous hashing (highest
// random weight). Server and client use it to find the node of an object, and
// a target to find the mountpath.
//
// A name has a digest, a candidate has a digest; the weight of the pair is
// Mix(candidate XOR name), and the highest weight owns. When a candidate
// comes or goes, only the names that it owns move.
package hrw
