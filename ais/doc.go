// Package ais puts a node together: it lists the modules, wires the roles to
// what they share, and runs the parts in order.
//
// A node is a value: [New] makes one that runs nothing yet, [Node.Run] runs it
// and returns when its last goroutine has. Nothing is kept outside of it, so
// many nodes fit into one process.
package ais
