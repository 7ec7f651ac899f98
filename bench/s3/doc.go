// Command s3 compares the S3 door of a cluster with its native one: the same
// objects on the same targets, in the same minutes, in alternating order.
//
//	native      GET and PUT at the target that owns the object
//	s3          the same in S3, signed, with content that is not (UNSIGNED-PAYLOAD)
//	s3-signed   PUT whose signature covers the content
//	s3-other    s3 through a node that passes the request on to the owner
//
// What counts is requests per second of CPU time of all nodes together. Lists are
// pages of 1000 names, of S3 and of the native interface, both through the proxy.
//
// S3 wants the MD5 of the content as entity tag, the native interface computes none
// unless a bucket wants it. So what an MD5 costs a server is seen where it is asked for
// natively: a PUT to a bucket whose checksum is MD5 ("native, MD5") costs that much more
// than one to a bucket of the default checksum ("native"). Where that is lost in
// noise, what it costs in a loop of its own counts. Both stand below the table;
// the rows "less MD5" are those of PUT without it. They are what the claims at the end
// are about: what is computed beside the write costs time on another core, and no
// node can leave it out. The rows above them count all.
//
// It needs bin/aisnode, built before. Flags choose sizes, number of targets, rounds
// and seconds, and where the data are.
package main
