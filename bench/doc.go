// Command bench compares a cluster of one proxy and one target with the
// plainest servers that do the same work on files:
//
//	A   GET   net/http, open, stat, sendfile
//	A2  GET   net/http, open, stat, read into a pooled buffer, one write
//	H   HEAD  net/http, stat
//	B   PUT   net/http, temporary file, one extended attribute, rename;
//	          for durable buckets also fsync of file and directory
//
// The cluster is measured three ways: "direct" sends plain HTTP to the target
// that owns the object, "redirect" asks the proxy first, "api" is the Go
// client. All servers are processes of their own on loopback, run in the same
// minutes, in alternating order; what counts is requests per second of server
// CPU time, which does not depend on what else the machine does.
//
// What creating and syncing files costs depends on the file system, and on what
// else it has been through lately; both sides pay it, and it hides the rest.
// With -dir on a tmpfs what is left is the price of the code.
//
// It needs bin/aisnode, built before. Flags choose operations, sizes, ways,
// rounds and seconds; -short is a quick look.
package main
